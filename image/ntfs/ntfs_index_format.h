/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indexes, as they lie on disk: a root in a record, and blocks. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_INDEX_FORMAT_H
#define LXKIT_IMAGE_NTFS_NTFS_INDEX_FORMAT_H

#include <assert.h>
#include <stdint.h>

#include "core/le.h"

struct ntfs_index_head_disk {
    struct le32 entries;   /* +0: offset from here */
    struct le32 used;      /* +4 */
    struct le32 allocated; /* +8 */
    uint8_t has_children;  /* +12 */
    uint8_t pad[3];        /* +13 */
};

struct ntfs_index_root_disk {
    struct le32 type;                 /* +0: FILE_NAME, or 0 */
    struct le32 collation;            /* +4 */
    struct le32 block_bytes;          /* +8 */
    uint8_t block_clusters;           /* +12 */
    uint8_t pad[3];                   /* +13 */
    struct ntfs_index_head_disk head; /* +16 */
};

struct ntfs_index_block_disk {
    char magic[4];                    /* +0: "INDX" */
    struct le16 fixups;               /* +4 */
    struct le16 n_fixups;             /* +6 */
    struct le64 log_number;           /* +8 */
    struct le64 number;               /* +16: its own cluster of the attribute */
    struct ntfs_index_head_disk head; /* +24 */
    struct le16 update_number;        /* +40 */
    struct le16 saved[8];             /* +42 */
    uint8_t pad[6];                   /* +58 */
};

struct ntfs_index_entry_disk {
    struct le64 file;       /* +0: a directory's; other indexes have where the data lies */
    struct le16 length;     /* +8 */
    struct le16 key_length; /* +10 */
    struct le16 flags;      /* +12 */
    struct le16 zero;       /* +14 */
};

enum {
    NTFS_ENTRY_HAS_CHILD = 1,
    NTFS_ENTRY_IS_LAST = 2,
};

static_assert(sizeof(struct ntfs_index_root_disk) == 32, "INDEX_ROOT");
static_assert(sizeof(struct ntfs_index_block_disk) == 64, "index block");
static_assert(sizeof(struct ntfs_index_entry_disk) == 16, "index entry");

#endif
