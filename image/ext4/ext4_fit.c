/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file system keeps for itself (tables, bitmaps, copies of the superblock, the journal)
 * follows from its size by rules of libext2fs that are not worth telling again: candidates are laid
 * out by it, over a device that is not there. Room grows with the size, though in steps. */
#include "image/ext4/ext4_fit.h"

#include <string.h>

#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_volume.h"

/* ---- a device that keeps nothing ---- */

static int nothing_pread(UNUSED struct blockdev *self, void *buf, size_t n, UNUSED uint64_t off,
                         UNUSED struct error *err)
{
    memset(buf, 0, n);
    return 0;
}

static int nothing_pwrite(UNUSED struct blockdev *self, UNUSED const void *buf, UNUSED size_t n,
                          UNUSED uint64_t off, UNUSED struct error *err)
{
    return 0;
}

static int nothing_zero(UNUSED struct blockdev *self, UNUSED uint64_t n, UNUSED uint64_t off,
                        UNUSED struct error *err)
{
    return 0;
}

static const struct blockdev_ops nothing_ops = {
    .pread = nothing_pread,
    .pwrite = nothing_pwrite,
    .zero = nothing_zero,
};

/* ---- the search ---- */

/* Blocks that a disk of that many has for a tree; 0 where it is too small for a file system. */
static int room(uint64_t disk, uint64_t inodes, uint64_t *out, struct error *err)
{
    struct blockdev dev = {
        .ops = &nothing_ops,
        .size = disk * EXT4_BLOCK_BYTES,
        .writable = true,
    };
    struct ext4_volume volume;
    struct error why = {0};
    int rc = ext4_volume_create(&volume, &dev, inodes, &why);

    *out = rc < 0 ? 0 : volume.space.free;
    ext4_volume_free(&volume);
    if (rc == 0 || why.code == ERROR_NO_SPACE)
        return 0;
    if (err)
        *err = why;
    return -1;
}

/* From a size that is known to be too small on to one that is not; *low is the last that was too
 * small. */
static int climb(uint64_t blocks, uint64_t inodes, uint64_t *low, uint64_t *high, struct error *err)
{
    uint64_t step = 1, have;
    for (;;) {
        if (room(*high, inodes, &have, err) < 0)
            return -1;
        if (have >= blocks)
            return 0;
        *low = *high;
        *high += blocks - have > step ? blocks - have : step;
        step *= 2; /* a last group that is too small to be one adds nothing for a while */
    }
}

int ext4_fit(uint64_t blocks, uint64_t inodes, struct sink_need *out, struct error *err)
{
    uint64_t low = EXT4_BYTES_MIN / EXT4_BLOCK_BYTES - 1;
    if (low < blocks)
        low = blocks;
    uint64_t high = low + 1, have;

    if (climb(blocks, inodes, &low, &high, err) < 0)
        return -1;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (room(middle, inodes, &have, err) < 0)
            return -1;
        if (have >= blocks)
            high = middle;
        else
            low = middle;
    }
    *out = (struct sink_need){.bytes = high * EXT4_BLOCK_BYTES, .inodes = inodes};
    return 0;
}
