/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_space.h"

#include <stdlib.h>

static int run_add(struct ext4_space *space, uint64_t start, uint64_t length, struct error *err)
{
    if ((space->n & (space->n - 1)) == 0) { /* full at each power of two */
        struct ext4_run *runs =
            reallocarray(space->runs, space->n ? space->n * 2 : 1, sizeof(*runs));
        if (!runs)
            return error_no_memory(err);
        space->runs = runs;
    }
    space->runs[space->n++] = (struct ext4_run){.start = start, .length = length};
    space->free += length;
    return 0;
}

int ext4_space_init(struct ext4_space *space, ext2_filsys fs, struct error *err)
{
    blk64_t last = ext2fs_blocks_count(fs->super) - 1;
    blk64_t start, end;

    *space = (struct ext4_space){.end = last + 1};
    for (blk64_t at = fs->super->s_first_data_block; at <= last; at = end) {
        if (ext2fs_find_first_zero_block_bitmap2(fs->block_map, at, last, &start) != 0)
            break;
        if (ext2fs_find_first_set_block_bitmap2(fs->block_map, start, last, &end) != 0)
            end = last + 1;
        if (run_add(space, start, end - start, err) < 0)
            return -1;
    }
    return 0;
}

void ext4_space_free(struct ext4_space *space)
{
    free(space->runs);
    *space = (struct ext4_space){0};
}

void ext4_space_prefer(struct ext4_space *space, uint64_t n)
{
    for (size_t i = space->at; i < space->n; i++) {
        if (space->runs[i].length >= n) {
            space->at = i;
            return;
        }
    }
}

void ext4_space_take(struct ext4_space *space, uint64_t n, struct ext4_run *out)
{
    if (space->free == 0) {
        *out = (struct ext4_run){.start = space->end + space->missing, .length = n};
        space->missing += n;
        space->taken += n;
        return;
    }
    while (space->at == space->n || space->runs[space->at].length == 0)
        space->at = space->at >= space->n ? 0 : space->at + 1;

    struct ext4_run *run = &space->runs[space->at];
    *out = (struct ext4_run){.start = run->start, .length = n < run->length ? n : run->length};
    run->start += out->length;
    run->length -= out->length;
    space->free -= out->length;
    space->taken += out->length;
}
