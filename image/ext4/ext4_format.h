/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4's structures as they lie on disk, as far as this project writes them itself: inodes,
 * extents, directories and extended attributes. libext2fs writes the rest.
 *
 * Source: Linux, Documentation/filesystems/ext4/. All numbers are little endian. */
#ifndef LXKIT_IMAGE_EXT4_FORMAT_H
#define LXKIT_IMAGE_EXT4_FORMAT_H

#include <assert.h>
#include <stdint.h>

#include "core/le.h"

enum {
    EXT4_BLOCK_BYTES = 4096,
    EXT4_SECTORS_PER_BLOCK = EXT4_BLOCK_BYTES / 512, /* the unit of an inode's block count */
    EXT4_INODE_BYTES = 256,
    EXT4_INODE_OLD_BYTES = 128, /* what every ext2 has; the rest is extra */
    EXT4_INODE_EXTRA_BYTES = 32,
    EXT4_INODE_BLOCK_BYTES = 60, /* i_block: extents, a short symbolic link or a device */

    EXT4_INODE_EXTENTS = 0x80000,      /* i_flags */
    EXT4_INODE_INDEX = 0x1000,         /* the directory has a hash tree */
    EXT4_INODE_LARGE_VALUE = 0x200000, /* holds the value of an extended attribute */

    EXT4_LINKS_MAX = 65000,

    EXT4_EXTENT_MAGIC = 0xf30a,
    EXT4_EXTENT_BLOCKS_MAX = 32768, /* of one initialised extent */
    EXT4_EXTENTS_IN_INODE = 4,
    EXT4_EXTENTS_IN_BLOCK = 340,

    EXT4_XATTR_MAGIC = (int)0xea020000,
    EXT4_XATTR_REFERENCES_MAX = 1024, /* inodes that may share one block */
};

struct ext4_inode_disk {
    struct le16 mode;        /* +0x00: type and permissions, as stat has it */
    struct le16 uid_low;     /* +0x02 */
    struct le32 size_low;    /* +0x04 */
    struct le32 atime;       /* +0x08 */
    struct le32 ctime;       /* +0x0c */
    struct le32 mtime;       /* +0x10 */
    struct le32 dtime;       /* +0x14 */
    struct le16 gid_low;     /* +0x18 */
    struct le16 links;       /* +0x1a */
    struct le32 blocks_low;  /* +0x1c: in 512-byte units, with xattr and extent blocks */
    struct le32 flags;       /* +0x20 */
    struct le32 version_low; /* +0x24 */
    uint8_t block[EXT4_INODE_BLOCK_BYTES]; /* +0x28 */
    struct le32 generation;                /* +0x64 */
    struct le32 xattr_block_low;           /* +0x68 */
    struct le32 size_high;                 /* +0x6c */
    struct le32 fragment;                  /* +0x70: obsolete */
    struct le16 blocks_high;               /* +0x74 */
    struct le16 xattr_block_high;          /* +0x76 */
    struct le16 uid_high;                  /* +0x78 */
    struct le16 gid_high;                  /* +0x7a */
    struct le16 checksum_low;              /* +0x7c */
    struct le16 reserved;                  /* +0x7e */
    struct le16 extra_size;                /* +0x80: EXT4_INODE_EXTRA_BYTES */
    struct le16 checksum_high;             /* +0x82 */
    struct le32 ctime_extra;  /* +0x84: nanoseconds << 2 | high two bits of the seconds */
    struct le32 mtime_extra;  /* +0x88 */
    struct le32 atime_extra;  /* +0x8c */
    struct le32 crtime;       /* +0x90 */
    struct le32 crtime_extra; /* +0x94 */
    struct le32 version_high; /* +0x98 */
    struct le32 project;      /* +0x9c */
    uint8_t xattrs[EXT4_INODE_BYTES - EXT4_INODE_OLD_BYTES - EXT4_INODE_EXTRA_BYTES]; /* +0xa0 */
};
static_assert(sizeof(struct ext4_inode_disk) == EXT4_INODE_BYTES, "inode");

/* An extent tree: a header, then extents (depth 0) or indexes, in i_block or in a block that ends
 * with a checksum. */
struct ext4_extent_header_disk {
    struct le16 magic;      /* +0: EXT4_EXTENT_MAGIC */
    struct le16 entries;    /* +2 */
    struct le16 max;        /* +4 */
    struct le16 depth;      /* +6: 0 is a leaf */
    struct le32 generation; /* +8 */
};
static_assert(sizeof(struct ext4_extent_header_disk) == 12, "extent header");

struct ext4_extent_disk {
    struct le32 logical;       /* +0: first block of the file that it covers */
    struct le16 length;        /* +4: up to EXT4_EXTENT_BLOCKS_MAX */
    struct le16 physical_high; /* +6 */
    struct le32 physical_low;  /* +8 */
};
static_assert(sizeof(struct ext4_extent_disk) == 12, "extent");

struct ext4_extent_index_disk {
    struct le32 logical;    /* +0 */
    struct le32 child_low;  /* +4: block of the next level */
    struct le16 child_high; /* +8 */
    struct le16 unused;     /* +10 */
};
static_assert(sizeof(struct ext4_extent_index_disk) == 12, "extent index");

struct ext4_extent_block_disk {
    struct ext4_extent_header_disk header;
    uint8_t entries[EXT4_EXTENTS_IN_BLOCK * 12];
    struct le32 checksum; /* +4092 */
};
static_assert(sizeof(struct ext4_extent_block_disk) == EXT4_BLOCK_BYTES, "extent block");

/* A directory block: records that fill it, the last one a tail with a checksum. */
struct ext4_dirent_disk {
    struct le32 inode;   /* +0: 0 is unused space */
    struct le16 length;  /* +4: of the record, a multiple of 4 */
    uint8_t name_length; /* +6 */
    uint8_t type;        /* +7: enum ext4_dirent_type */
};                       /* +8: the name */
static_assert(sizeof(struct ext4_dirent_disk) == 8, "directory record");

enum ext4_dirent_type {
    EXT4_DIRENT_FILE = 1,
    EXT4_DIRENT_DIRECTORY = 2,
    EXT4_DIRENT_CHARACTER = 3,
    EXT4_DIRENT_BLOCK = 4,
    EXT4_DIRENT_FIFO = 5,
    EXT4_DIRENT_SOCKET = 6,
    EXT4_DIRENT_SYMLINK = 7,
    EXT4_DIRENT_TAIL = 0xde,
};

struct ext4_dirent_tail_disk {
    struct ext4_dirent_disk record; /* inode 0, length 12, no name, type EXT4_DIRENT_TAIL */
    struct le32 checksum;           /* +8 */
};
static_assert(sizeof(struct ext4_dirent_tail_disk) == 12, "directory tail");

/* A hash tree: block 0 of the directory is the root; below it are leaves, or nodes and leaves. */
struct ext4_dx_entry_disk {
    struct le32 hash;  /* +0: of the first name in the child; see ext4_dx_count_disk */
    struct le32 block; /* +4: of the directory */
};
static_assert(sizeof(struct ext4_dx_entry_disk) == 8, "hash tree entry");

struct ext4_dx_count_disk { /* lies in the hash of the first entry */
    struct le16 limit;
    struct le16 count;
};

struct ext4_dx_info_disk { /* at +24 of the root */
    struct le32 reserved;
    uint8_t hash_version; /* +4 */
    uint8_t info_length;  /* +5: 8 */
    uint8_t levels;       /* +6: 0: leaves below the root */
    uint8_t flags;        /* +7 */
};
static_assert(sizeof(struct ext4_dx_info_disk) == 8, "hash tree root");

struct ext4_dx_tail_disk {
    struct le32 reserved;
    struct le32 checksum;
};

/* Extended attributes: entries from the front, values from the back. */
struct ext4_xattr_header_disk { /* of a block */
    struct le32 magic;          /* +0x00: EXT4_XATTR_MAGIC */
    struct le32 references;     /* +0x04: inodes that use the block */
    struct le32 blocks;         /* +0x08: 1 */
    struct le32 hash;           /* +0x0c: of all entries */
    struct le32 checksum;       /* +0x10 */
    struct le32 reserved[3];    /* +0x14 */
};
static_assert(sizeof(struct ext4_xattr_header_disk) == 32, "xattr header");

struct ext4_xattr_entry_disk {
    uint8_t name_length;      /* +0x00 */
    uint8_t name_index;       /* +0x01: the prefix that the name lacks */
    struct le16 value_offset; /* +0x02 */
    struct le32 value_inode;  /* +0x04 */
    struct le32 value_size;   /* +0x08 */
    struct le32 hash;         /* +0x0c: of name and value; 0 in an inode */
};                            /* +0x10: the name, padded to 4 */
static_assert(sizeof(struct ext4_xattr_entry_disk) == 16, "xattr entry");

#endif
