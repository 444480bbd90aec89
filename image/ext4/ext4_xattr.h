/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes: in the inode where they fit, in a block otherwise; inodes with the same
 * attributes share the block. A value that fits neither gets an inode of its own, and the file
 * system the feature ea_inode (Linux 4.13, e2fsprogs 1.44). */
#ifndef LXKIT_IMAGE_EXT4_XATTR_H
#define LXKIT_IMAGE_EXT4_XATTR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/ext4/ext4_data.h"
#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_volume.h"
#include "image/tree.h"

struct ext4_xattr_block {
    const struct tree_file *file; /* one that has these attributes */
    uint64_t physical;            /* where it lies, once written */
    uint32_t hash, references;
};

struct ext4_large_value {
    const struct tree_file *file; /* that has the attribute */
    const struct tree_xattr *xattr;
};

struct ext4_inodes;

struct ext4_xattrs {
    struct ext4_volume *volume;
    bool no_ea_inode;    /* refuse what would need the feature */
    uint32_t next_inode; /* for large values: the first number behind all files */
    struct ext4_large_value *large;
    size_t n_large, large_size;
    struct ext4_xattr_block *blocks;
    size_t n, size;
    size_t *table; /* of blocks by hash, 1 + index; 0 is empty */
    size_t table_size;
};

/* Decides where a file's attributes go: file->aux becomes 1 + the index of its block, or 0. What
 * ext4 has no form for is reported as a loss; what does not fit is refused (UNSUPPORTED). */
int ext4_xattrs_place(struct ext4_xattrs *xattrs, struct tree_file *file, struct events *events,
                      struct error *err) MUST_CHECK;
/* Writes all blocks. */
int ext4_xattrs_write(struct ext4_xattrs *xattrs, struct error *err) MUST_CHECK;
/* Writes the large values and their inodes, which come after all files' own. */
int ext4_xattrs_write_large(struct ext4_xattrs *xattrs, struct ext4_data *data,
                            struct ext4_inodes *inodes, struct arena *arena,
                            struct error *err) MUST_CHECK;
/* The part of file's attributes that lies in its inode, the block of the rest (0: none), and how
 * many blocks count as the file's on their account. */
void ext4_xattrs_inode(const struct ext4_xattrs *xattrs, const struct tree_file *file,
                       struct ext4_inode_disk *inode, uint64_t *block, uint64_t *blocks);
void ext4_xattrs_free(struct ext4_xattrs *xattrs);

#endif
