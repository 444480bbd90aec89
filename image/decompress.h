/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Compressed streams: recognised by their first bytes and undone on a thread of their own.
 * What grows beyond reason (image/inflation.h) is refused with LIMIT. */
#ifndef LXKIT_IMAGE_DECOMPRESS_H
#define LXKIT_IMAGE_DECOMPRESS_H

#include "core/error.h"
#include "core/kind.h"
#include "core/stream.h"

/* Looks at the start of stream without taking it. *out is what it holds after any compression was
 * undone; *stream is replaced by one that gives the plain bytes with peek, and is owned by the
 * caller either way. */
int decompress(struct stream **stream, enum kind *out, struct error *err) MUST_CHECK;

/* gzip (RFC 1952), all members, by ISA-L. Owns inner, which must offer peek. */
int stream_gzip(struct stream **out, struct stream *inner, struct error *err) MUST_CHECK;
/* Zstandard (RFC 8878), all frames. Owns inner, which must offer peek. */
int stream_zstd(struct stream **out, struct stream *inner, struct error *err) MUST_CHECK;
/* Whatever else libarchive knows: bzip2, xz, lz4, lzma. Owns inner, which must offer peek. */
int stream_libarchive(struct stream **out, struct stream *inner, struct error *err) MUST_CHECK;

#endif
