/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Free blocks, handed out in rising order: what arrives one after the other lies one after the
 * other. */
#ifndef LXKIT_IMAGE_EXT4_SPACE_H
#define LXKIT_IMAGE_EXT4_SPACE_H

#include <ext2fs/ext2fs.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct ext4_run {
    uint64_t start, length; /* in blocks */
};

struct ext4_space {
    struct ext4_run *runs; /* what is free, rising */
    size_t n, at;          /* runs before at were passed over or are used up */
    uint64_t free;         /* blocks in all runs */
    uint64_t end;          /* of the disk */
    uint64_t missing;      /* blocks handed out beyond it, when nothing was free any more */
    uint64_t taken;        /* blocks handed out, those among them */
};

/* Everything that fs's block bitmap shows as free. */
int ext4_space_init(struct ext4_space *space, ext2_filsys fs, struct error *err) MUST_CHECK;
void ext4_space_free(struct ext4_space *space);

/* The next n blocks will belong together: passes over runs that are too short, where a long enough
 * one follows. What was passed over is used once nothing else is left. */
void ext4_space_prefer(struct ext4_space *space, uint64_t n);
/* Up to n blocks that lie together. When the disk is full they lie beyond its end and count as
 * missing: so the rest of a tree still tells what it needs. */
void ext4_space_take(struct ext4_space *space, uint64_t n, struct ext4_run *out);

#endif
