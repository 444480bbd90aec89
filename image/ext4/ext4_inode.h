/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inodes, written group by group once everything about the files is known. */
#ifndef LXKIT_IMAGE_EXT4_INODE_H
#define LXKIT_IMAGE_EXT4_INODE_H

#include <stdint.h>

#include "core/error.h"
#include "image/ext4/ext4_extents.h"
#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_volume.h"
#include "image/ext4/ext4_xattr.h"
#include "image/tree.h"

enum {
    EXT4_INODE_ROOT = 2,
    EXT4_INODE_FIRST = 11, /* lost+found by custom */
};

/* Writes inodes in rising order, a block of them at a time; starts with volume and xattrs set and
 * the rest zero. */
struct ext4_inodes {
    struct ext4_volume *volume;
    const struct ext4_xattrs *xattrs;
    uint64_t physical; /* where block will lie; 0: nothing in it */
    struct ext4_inode_disk block[EXT4_BLOCK_BYTES / EXT4_INODE_BYTES];
};

/* What an inode points to, beside what struct tree_file tells. */
struct ext4_inode_content {
    const struct ext4_map *map; /* of file, directory or long symbolic link; NULL: none */
    uint64_t size;              /* in bytes */
    uint32_t flags;
    uint32_t version; /* of a large value: how many attributes use it */
};

/* The nearest time that an inode has. */
int64_t ext4_inode_seconds(int64_t seconds);
int ext4_inodes_put(struct ext4_inodes *inodes, const struct tree_file *file,
                    const struct ext4_inode_content *content, struct error *err) MUST_CHECK;
/* Writes the last block. */
int ext4_inodes_finish(struct ext4_inodes *inodes, struct error *err) MUST_CHECK;

#endif
