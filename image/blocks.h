/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file's content cut into whole blocks of a file system, in the order of arrival. What is zeros
 * throughout, or a hole already, is left out; the last block is filled up with zeros. Zeros at the
 * end of a file count as a hole of any length. */
#ifndef LXKIT_IMAGE_BLOCKS_H
#define LXKIT_IMAGE_BLOCKS_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

enum {
    BLOCK_BYTES = 4096,
};

struct blocks {
    /* Takes n whole blocks, the first of which is the file's block `logical`. They come in rising
     * order; what is never given is a hole. */
    int (*write)(struct blocks *self, const uint8_t *bytes, size_t n, uint64_t logical,
                 struct error *err);
    uint32_t hole_blocks; /* a hole is this long, and begins at a multiple of it; a power of two */

    uint64_t at;    /* bytes of the file so far */
    uint64_t zeros; /* blocks of zeros before what comes next, from the start of a hole on */
    size_t carried; /* of the bytes so far in carry, the block that is not full yet */
    uint8_t carry[BLOCK_BYTES];
};

/* Everything that content has for a file of size bytes; DAMAGED for pieces that do not fit it. */
int blocks_take(struct blocks *self, struct source *content, uint64_t size,
                struct error *err) MUST_CHECK;

#endif
