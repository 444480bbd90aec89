/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The extended attributes of one file as ext4 keeps them: which go into the inode, which into a
 * block, and whose values need an inode of their own. */
#ifndef LXKIT_IMAGE_EXT4_ATTRS_H
#define LXKIT_IMAGE_EXT4_ATTRS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/ext4/ext4_format.h"
#include "image/tree.h"

enum {
    EXT4_ATTRS_MAX = 256,            /* of one file; more never fit one block and one inode */
    EXT4_ATTR_VALUE_MAX = 64 * 1024, /* of one value; what Linux allows */
    EXT4_ATTRS_END_BYTES = 4,        /* zeros between entries and values */
    EXT4_ATTRS_INODE_ROOM = sizeof(((struct ext4_inode_disk *)0)->xattrs) - sizeof(struct le32),
    EXT4_ATTRS_BLOCK_ROOM = EXT4_BLOCK_BYTES - sizeof(struct ext4_xattr_header_disk),
};

struct ext4_attr_prefix;

/* One attribute as it will lie on disk. */
struct ext4_attr {
    struct tree_xattr *xattr;
    const struct ext4_attr_prefix *prefix;
    const char *name; /* without the prefix */
    size_t name_length, value_size;
    bool in_inode;
    bool
        large; /* the value lies in an inode of its own: xattr->number, with the hash xattr->hash */
};

struct ext4_attrs {
    struct ext4_attr list[EXT4_ATTRS_MAX]; /* in the order that a block wants */
    size_t n;
};

/* Whether ext4 has a form for an attribute of that name. */
bool ext4_attr_known(const char *name);
/* The attributes of file that ext4 has a form for, each with its place: all in the inode, or all in
 * a block, or the inode takes what fits and the block the rest; where that is not enough, the
 * largest values are marked large. False: no room even so, or one that cannot be right; *bad is
 * then its name. Gives the same for the same file. */
bool ext4_attrs_collect(struct ext4_attrs *attrs, const struct tree_file *file, const char **bad);
/* Writes those that lie in the inode (or the others) as entries from start on and values before
 * end, whose offsets count from origin. Returns the hash of all. */
uint32_t ext4_attrs_put(const struct ext4_attrs *attrs, bool in_inode, uint8_t *start, uint8_t *end,
                        const uint8_t *origin);

#endif
