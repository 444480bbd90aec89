/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree into a pax archive, by libarchive.
 *
 * Names are "./PATH", the root is "./"; bytes that are no UTF-8 are written as they are, under
 * hdrcharset=BINARY. Owners are numbers only. Times have their nanoseconds (mtime always, atime and
 * ctime where they differ from it; the time of creation has no place that extractors know).
 * Flags are SCHILY.fflags. Extended attributes are SCHILY.xattr records, and access control lists
 * SCHILY.acl records, which is where GNU tar and bsdtar look for them; a list that does not survive
 * that stays an attribute.
 *
 * Holes: a sparse member (GNU 1.0) needs its map before its data. Where the source does not tell
 * it, the first TAR_SINK_GATHER_BYTES of a file's data are gathered for that; holes behind them are
 * written as zeros.
 *
 * What tar cannot hold is reported as a loss and left out: sockets, and attributes of one file
 * beyond TAR_SINK_XATTRS_BYTES. */
#ifndef LXKIT_IMAGE_TAR_SINK_H
#define LXKIT_IMAGE_TAR_SINK_H

#include "core/error.h"
#include "core/event.h"
#include "core/kind.h"
#include "image/sink.h"

enum {
    TAR_SINK_GATHER_BYTES = 16 << 20,
    TAR_SINK_SPARSE_BYTES = 64 << 10,  /* fewer bytes of holes are not worth a sparse member */
    TAR_SINK_XATTRS_BYTES = 900 << 10, /* libarchive reads headers of 1 MiB at most */
};

/* As image_format.sink_stream: compression is KIND_TAR (none), KIND_GZIP, KIND_XZ or KIND_ZSTD. */
int tar_sink(struct sink **out, int fd, const char *name, enum kind compression,
             const struct sink_options *options, struct error *err) MUST_CHECK;

#endif
