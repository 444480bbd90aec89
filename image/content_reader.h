/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a source's current entry as plain bytes, with zeros for holes. */
#ifndef LXKIT_IMAGE_CONTENT_READER_H
#define LXKIT_IMAGE_CONTENT_READER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/error.h"
#include "image/source.h"

struct content_reader {
    struct source *source; /* borrowed */
    uint64_t size;         /* of the content */
    uint64_t offset;       /* how far it was read */
    struct content piece;  /* what comes next, from offset on or behind a hole */
    int more;              /* 1: source may have another piece */
};

void content_reader_init(struct content_reader *reader, struct source *source, uint64_t size);
/* The next bytes: how many (at least 1), 0 at the end, negative on error. Valid until the next
 * call. */
ssize_t content_reader_next(struct content_reader *reader, const void **out,
                            struct error *err) MUST_CHECK;

#endif
