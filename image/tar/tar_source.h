/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree from a tar archive, by libarchive: v7, ustar, GNU and pax, sparse members, any xattr. */
#ifndef LXKIT_IMAGE_TAR_SOURCE_H
#define LXKIT_IMAGE_TAR_SOURCE_H

#include "core/error.h"
#include "core/event.h"
#include "core/stream.h"
#include "image/source.h"

enum {
    TAR_PADDING_BYTES_MAX = 1 << 30, /* behind the mark of the end */
};

/* stream is owned, also on failure; it offers peek and gives the plain archive. It is read to its
 * end, so that whatever lies below (a checksum after compressed data) is checked. */
int tar_source(struct source **out, struct stream *stream, struct events *events,
               struct error *err) MUST_CHECK;

#endif
