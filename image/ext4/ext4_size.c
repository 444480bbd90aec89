/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_size.h"

#include "core/size.h"
#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_volume.h"

enum {
    SIZE_STEP = 1 << 20,
    GROUP_BLOCKS = 32768,
    GROUP_BITMAP_BLOCKS = 2,
    FIXED_BLOCKS = 64,          /* superblock, lost+found, resize inode and the like */
    RESERVED_GDT_BLOCKS = 1024, /* most that a copy of the descriptors keeps room for */
    RESERVED_INODES = 16,
};

/* Copies of superblock and descriptors lie in group 0 and in groups 1 and powers of 3, 5 and 7. */
static uint64_t backups(uint64_t groups)
{
    uint64_t n = 2;
    for (int base = 3; base <= 7; base += 2) {
        for (uint64_t group = (uint64_t)base; group < groups; group *= (uint64_t)base)
            n++;
    }
    return n;
}

/* Blocks that a file system of that many blocks keeps for itself. */
static uint64_t overhead(uint64_t blocks, uint64_t inodes)
{
    uint64_t groups = (blocks + GROUP_BLOCKS - 1) / GROUP_BLOCKS;
    uint64_t by_ratio = blocks * EXT4_BLOCK_BYTES / EXT4_BYTES_PER_INODE;
    uint64_t per_block = EXT4_BLOCK_BYTES / EXT4_INODE_BYTES;
    uint64_t tables = ((inodes > by_ratio ? inodes : by_ratio) + per_block * groups) / per_block;
    uint64_t descriptors = groups * 64 / EXT4_BLOCK_BYTES + 1;
    int journal = ext2fs_default_journal_size(blocks);
    return tables + groups * GROUP_BITMAP_BLOCKS +
           backups(groups) * (1 + descriptors + RESERVED_GDT_BLOCKS) +
           (uint64_t)(journal > 0 ? journal : 0) + FIXED_BLOCKS;
}

uint64_t ext4_size_fitted(const struct tree_totals *totals)
{
    uint64_t wanted = (totals->data_bytes + totals->other_bytes) / EXT4_BLOCK_BYTES + 1;
    uint64_t inodes = totals->files + RESERVED_INODES;
    uint64_t blocks = EXT4_BYTES_MIN / EXT4_BLOCK_BYTES;

    /* The overhead grows with the size, ever more slowly than the size. */
    while (blocks < wanted + overhead(blocks, inodes))
        blocks = wanted + overhead(blocks, inodes);
    return (blocks * EXT4_BLOCK_BYTES + SIZE_STEP - 1) / SIZE_STEP * SIZE_STEP;
}

int ext4_size_check(uint64_t bytes, struct error *err)
{
    char text[SIZE_TEXT_BYTES];
    if (bytes >= EXT4_BYTES_MIN)
        return 0;
    return error_set(err, ERROR_NO_SPACE,
                     "a disk of %s is too small for ext4 with a journal; give it at least 8 MiB "
                     "with --size",
                     size_format(bytes, text));
}
