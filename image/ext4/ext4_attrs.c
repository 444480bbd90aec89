/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_attrs.h"

#include <stdlib.h>
#include <string.h>

#include "image/ext4/ext4_acl.h"

enum {
    NAME_HASH_SHIFT = 5,
    VALUE_HASH_SHIFT = 16,
};

/* Prefixes that are kept as a number. Source: linux fs/ext4/xattr.h. */
static const struct ext4_attr_prefix {
    const char *text;
    uint8_t index;
    bool acl;
} prefixes[] = {
    {"user.", 1, false},
    {"system.posix_acl_access", 2, true},
    {"system.posix_acl_default", 3, true},
    {"trusted.", 4, false},
    {"security.", 6, false},
    {"system.", 7, false},
};

static size_t round4(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

static const struct ext4_attr_prefix *prefix_find(const char *name)
{
    for (size_t i = 0; i < array_length(prefixes); i++) {
        const struct ext4_attr_prefix *prefix = &prefixes[i];
        bool match = prefix->acl ? strcmp(name, prefix->text) == 0
                                 : strncmp(name, prefix->text, strlen(prefix->text)) == 0;
        if (match && (prefix->acl || name[strlen(prefix->text)] != '\0'))
            return prefix;
    }
    return NULL;
}

bool ext4_attr_known(const char *name)
{
    return prefix_find(name) != NULL;
}

static size_t entry_bytes(const struct ext4_attr *attr)
{
    return sizeof(struct ext4_xattr_entry_disk) + round4(attr->name_length);
}

/* Beside the entry; a large value takes nothing. */
static size_t value_bytes(const struct ext4_attr *attr)
{
    return attr->large ? 0 : round4(attr->value_size);
}

static size_t attr_bytes(const struct ext4_attr *attr)
{
    return entry_bytes(attr) + value_bytes(attr);
}

static int attr_order(const void *a, const void *b)
{
    const struct ext4_attr *x = a, *y = b;
    if (x->prefix->index != y->prefix->index)
        return x->prefix->index < y->prefix->index ? -1 : 1;
    if (x->name_length != y->name_length)
        return x->name_length < y->name_length ? -1 : 1;
    return memcmp(x->name, y->name, x->name_length);
}

static bool list_fill(struct ext4_attrs *attrs, const struct tree_file *file, const char **bad)
{
    attrs->n = 0;
    for (size_t i = 0; i < file->n_xattrs; i++) {
        struct tree_xattr *xattr = &file->xattrs[i];
        const struct ext4_attr_prefix *prefix = prefix_find(xattr->name);
        if (!prefix)
            continue;
        *bad = xattr->name;
        if (attrs->n == EXT4_ATTRS_MAX)
            return false;
        struct ext4_attr *attr = &attrs->list[attrs->n++];
        *attr = (struct ext4_attr){
            .xattr = xattr,
            .prefix = prefix,
            .name = xattr->name + strlen(prefix->text),
            .value_size = prefix->acl ? ext4_acl_size(xattr->value, xattr->size) : xattr->size,
        };
        attr->name_length = strlen(attr->name);
        if (attr->name_length > NAME_BYTES_MAX || attr->value_size > EXT4_ATTR_VALUE_MAX ||
            (prefix->acl && attr->value_size == 0))
            return false;
    }
    qsort(attrs->list, attrs->n, sizeof(attrs->list[0]), attr_order);
    return true;
}

static bool places_choose(struct ext4_attrs *attrs)
{
    size_t all = EXT4_ATTRS_END_BYTES, inode = all, block = all;
    for (size_t i = 0; i < attrs->n; i++)
        all += attr_bytes(&attrs->list[i]);
    for (size_t i = 0; i < attrs->n; i++) {
        struct ext4_attr *attr = &attrs->list[i];
        bool fits = inode + attr_bytes(attr) <= EXT4_ATTRS_INODE_ROOM;
        attr->in_inode = all <= EXT4_ATTRS_INODE_ROOM || (all > EXT4_ATTRS_BLOCK_ROOM && fits);
        *(attr->in_inode ? &inode : &block) += attr_bytes(attr);
    }
    return block <= EXT4_ATTRS_BLOCK_ROOM;
}

/* Gives the largest value an inode of its own. False: there is none left to move. */
static bool largest_move(struct ext4_attrs *attrs)
{
    struct ext4_attr *largest = NULL;
    for (size_t i = 0; i < attrs->n; i++) {
        struct ext4_attr *attr = &attrs->list[i];
        if (!attr->large && !attr->prefix->acl &&
            (!largest || attr->value_size > largest->value_size))
            largest = attr;
    }
    if (!largest || largest->value_size == 0)
        return false;
    largest->large = true;
    return true;
}

bool ext4_attrs_collect(struct ext4_attrs *attrs, const struct tree_file *file, const char **bad)
{
    if (!list_fill(attrs, file, bad))
        return false;
    while (!places_choose(attrs)) {
        if (!largest_move(attrs))
            return false;
    }
    return true;
}

static uint32_t rotate(uint32_t hash, int shift)
{
    return hash << shift | hash >> (32 - shift);
}

/* Source: linux fs/ext4/xattr.c, ext4_xattr_hash_entry(). */
static uint32_t attr_hash(const struct ext4_attr *attr, const uint8_t *value)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < attr->name_length; i++)
        hash = rotate(hash, NAME_HASH_SHIFT) ^ (uint8_t)attr->name[i];
    if (attr->large)
        return rotate(hash, VALUE_HASH_SHIFT) ^ attr->xattr->hash;
    for (size_t i = 0; i < round4(attr->value_size); i += 4) {
        struct le32 word;
        memcpy(&word, value + i, sizeof(word));
        hash = rotate(hash, VALUE_HASH_SHIFT) ^ le32_get(word);
    }
    return hash;
}

uint32_t ext4_attrs_put(const struct ext4_attrs *attrs, bool in_inode, uint8_t *start, uint8_t *end,
                        const uint8_t *origin)
{
    uint32_t all = 0;
    for (size_t i = 0; i < attrs->n; i++) {
        const struct ext4_attr *attr = &attrs->list[i];
        if (attr->in_inode != in_inode)
            continue;
        end -= value_bytes(attr);
        if (attr->prefix->acl)
            ext4_acl_put(end, attr->xattr->value, attr->xattr->size);
        else if (value_bytes(attr))
            memcpy(end, attr->xattr->value, attr->value_size);

        uint32_t hash = in_inode && !attr->large ? 0 : attr_hash(attr, end);
        struct ext4_xattr_entry_disk entry = {
            .name_length = (uint8_t)attr->name_length,
            .name_index = attr->prefix->index,
            .value_offset = le16_put(value_bytes(attr) ? (uint16_t)(end - origin) : 0),
            .value_inode = le32_put(attr->large ? attr->xattr->number : 0),
            .value_size = le32_put((uint32_t)attr->value_size),
            .hash = le32_put(hash),
        };
        memcpy(start, &entry, sizeof(entry));
        memcpy(start + sizeof(entry), attr->name, attr->name_length);
        start += entry_bytes(attr);
        all = rotate(all, VALUE_HASH_SHIFT) ^ hash;
    }
    return all;
}
