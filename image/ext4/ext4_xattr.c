/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_xattr.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/crc32c.h"

enum {
    ATTRS_MAX = 256,     /* more never fit one block and one inode */
    VALUE_END_BYTES = 4, /* zeros between entries and values */
    INODE_ROOM = sizeof(((struct ext4_inode_disk *)0)->xattrs) - sizeof(struct le32),
    BLOCK_ROOM = EXT4_BLOCK_BYTES - sizeof(struct ext4_xattr_header_disk),
    TABLE_SIZE_MIN = 64, /* a power of two */

    ACL_ATTR_VERSION = 2, /* of the attribute as Linux shows it */
    ACL_DISK_VERSION = 1,
    ACL_ATTR_ENTRY_BYTES = 8,
    ACL_DISK_ENTRY_BYTES = 8,
    ACL_DISK_SHORT_BYTES = 4, /* of entries that name nobody */
    ACL_USER = 0x02,
    ACL_GROUP = 0x08,

    NAME_HASH_SHIFT = 5,
    VALUE_HASH_SHIFT = 16,
};

/* Prefixes that are kept as a number. Source: linux fs/ext4/xattr.h. */
static const struct prefix {
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

/* One attribute as it will lie on disk. */
struct attr {
    const struct tree_xattr *xattr;
    const struct prefix *prefix;
    const char *name; /* without the prefix */
    size_t name_length, value_size;
    bool in_inode;
};

struct attrs {
    struct attr list[ATTRS_MAX];
    size_t n;
};

static size_t round4(size_t n)
{
    return (n + 3) & ~(size_t)3;
}

/* ---- access control lists ---- */

static bool acl_names_somebody(const uint8_t *entry)
{
    uint16_t tag = (uint16_t)(entry[0] | entry[1] << 8);
    return tag == ACL_USER || tag == ACL_GROUP;
}

/* The size on disk; 0: the value is no access control list. */
static size_t acl_size(const struct tree_xattr *xattr)
{
    const uint8_t *value = xattr->value;
    if (xattr->size < sizeof(struct le32) ||
        (xattr->size - sizeof(struct le32)) % ACL_ATTR_ENTRY_BYTES != 0 ||
        value[0] != ACL_ATTR_VERSION || value[1] != 0 || value[2] != 0 || value[3] != 0)
        return 0;
    size_t n = sizeof(struct le32);
    for (size_t at = n; at < xattr->size; at += ACL_ATTR_ENTRY_BYTES)
        n += acl_names_somebody(value + at) ? ACL_DISK_ENTRY_BYTES : ACL_DISK_SHORT_BYTES;
    return n;
}

static void acl_put(uint8_t *to, const struct tree_xattr *xattr)
{
    const uint8_t *value = xattr->value;
    struct le32 version = le32_put(ACL_DISK_VERSION);
    memcpy(to, &version, sizeof(version));
    to += sizeof(version);
    for (size_t at = sizeof(version); at < xattr->size; at += ACL_ATTR_ENTRY_BYTES) {
        size_t n = acl_names_somebody(value + at) ? ACL_DISK_ENTRY_BYTES : ACL_DISK_SHORT_BYTES;
        memcpy(to, value + at, n);
        to += n;
    }
}

/* ---- one file's attributes ---- */

static const struct prefix *prefix_find(const char *name)
{
    for (size_t i = 0; i < array_length(prefixes); i++) {
        const struct prefix *prefix = &prefixes[i];
        bool match = prefix->acl ? strcmp(name, prefix->text) == 0
                                 : strncmp(name, prefix->text, strlen(prefix->text)) == 0;
        if (match && (prefix->acl || name[strlen(prefix->text)] != '\0'))
            return prefix;
    }
    return NULL;
}

static size_t entry_bytes(const struct attr *attr)
{
    return sizeof(struct ext4_xattr_entry_disk) + round4(attr->name_length);
}

static size_t attr_bytes(const struct attr *attr)
{
    return entry_bytes(attr) + round4(attr->value_size);
}

static int attr_order(const void *a, const void *b)
{
    const struct attr *x = a, *y = b;
    if (x->prefix->index != y->prefix->index)
        return x->prefix->index < y->prefix->index ? -1 : 1;
    if (x->name_length != y->name_length)
        return x->name_length < y->name_length ? -1 : 1;
    return memcmp(x->name, y->name, x->name_length);
}

/* Attributes that ext4 has a form for, in the order that a block wants. False: too many, or one
 * that cannot be right; *bad is then its name. */
static bool attrs_collect(struct attrs *attrs, const struct tree_file *file, const char **bad)
{
    attrs->n = 0;
    for (size_t i = 0; i < file->n_xattrs; i++) {
        const struct tree_xattr *xattr = &file->xattrs[i];
        const struct prefix *prefix = prefix_find(xattr->name);
        if (!prefix)
            continue;
        *bad = xattr->name;
        if (attrs->n == ATTRS_MAX)
            return false;
        struct attr *attr = &attrs->list[attrs->n++];
        *attr = (struct attr){
            .xattr = xattr,
            .prefix = prefix,
            .name = xattr->name + strlen(prefix->text),
            .value_size = prefix->acl ? acl_size(xattr) : xattr->size,
        };
        attr->name_length = strlen(attr->name);
        if (attr->name_length > NAME_BYTES_MAX || attr->value_size > EXT4_BLOCK_BYTES ||
            (prefix->acl && attr->value_size == 0))
            return false;
    }
    qsort(attrs->list, attrs->n, sizeof(attrs->list[0]), attr_order);
    return true;
}

/* All in the inode, or all in a block, or the inode takes what fits and the block the rest. False:
 * there is no room. */
static bool attrs_split(struct attrs *attrs)
{
    size_t all = VALUE_END_BYTES, inode = VALUE_END_BYTES, block = VALUE_END_BYTES;
    for (size_t i = 0; i < attrs->n; i++)
        all += attr_bytes(&attrs->list[i]);
    for (size_t i = 0; i < attrs->n; i++) {
        struct attr *attr = &attrs->list[i];
        if (all <= INODE_ROOM)
            attr->in_inode = true;
        else if (all > BLOCK_ROOM && inode + attr_bytes(attr) <= INODE_ROOM)
            attr->in_inode = true;
        *(attr->in_inode ? &inode : &block) += attr_bytes(attr);
    }
    return block <= BLOCK_ROOM;
}

static uint32_t rotate(uint32_t hash, int shift)
{
    return hash << shift | hash >> (32 - shift);
}

/* Source: linux fs/ext4/xattr.c, ext4_xattr_hash_entry(). */
static uint32_t attr_hash(const struct attr *attr, const uint8_t *value)
{
    uint32_t hash = 0;
    for (size_t i = 0; i < attr->name_length; i++)
        hash = rotate(hash, NAME_HASH_SHIFT) ^ (uint8_t)attr->name[i];
    for (size_t i = 0; i < round4(attr->value_size); i += 4) {
        struct le32 word;
        memcpy(&word, value + i, sizeof(word));
        hash = rotate(hash, VALUE_HASH_SHIFT) ^ le32_get(word);
    }
    return hash;
}

/* Entries from start on, values before end; offsets of values count from origin. Returns the hash
 * of all. */
static uint32_t attrs_put(const struct attrs *attrs, bool in_inode, uint8_t *start, uint8_t *end,
                          const uint8_t *origin)
{
    uint32_t all = 0;
    for (size_t i = 0; i < attrs->n; i++) {
        const struct attr *attr = &attrs->list[i];
        if (attr->in_inode != in_inode)
            continue;
        end -= round4(attr->value_size);
        if (attr->prefix->acl)
            acl_put(end, attr->xattr);
        else if (attr->value_size)
            memcpy(end, attr->xattr->value, attr->value_size);

        uint32_t hash = in_inode ? 0 : attr_hash(attr, end);
        struct ext4_xattr_entry_disk entry = {
            .name_length = (uint8_t)attr->name_length,
            .name_index = attr->prefix->index,
            .value_offset = le16_put(attr->value_size ? (uint16_t)(end - origin) : 0),
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

/* The block of a file's attributes, with everything but references and checksum. */
static uint32_t block_put(const struct tree_file *file, uint8_t block[EXT4_BLOCK_BYTES])
{
    struct attrs attrs;
    const char *bad;

    memset(block, 0, EXT4_BLOCK_BYTES);
    if (!attrs_collect(&attrs, file, &bad) || !attrs_split(&attrs))
        return 0;
    struct ext4_xattr_header_disk header = {
        .magic = le32_put((uint32_t)EXT4_XATTR_MAGIC),
        .blocks = le32_put(1),
    };
    uint32_t hash =
        attrs_put(&attrs, false, block + sizeof(header), block + EXT4_BLOCK_BYTES, block);
    header.hash = le32_put(hash);
    memcpy(block, &header, sizeof(header));
    return hash;
}

/* ---- shared blocks ---- */

static int table_grow(struct ext4_xattrs *xattrs, struct error *err)
{
    size_t size = xattrs->table_size ? xattrs->table_size * 2 : TABLE_SIZE_MIN;
    size_t *table = calloc(size, sizeof(*table));
    struct ext4_xattr_block *blocks = reallocarray(xattrs->blocks, size / 2 + 1, sizeof(*blocks));
    if (blocks)
        xattrs->blocks = blocks;
    if (!table || !blocks) {
        free(table);
        return error_no_memory(err);
    }
    for (size_t i = 0; i < xattrs->n; i++) {
        size_t slot = xattrs->blocks[i].hash & (size - 1);
        while (table[slot])
            slot = (slot + 1) & (size - 1);
        table[slot] = i + 1;
    }
    free(xattrs->table);
    xattrs->table = table;
    xattrs->table_size = size;
    return 0;
}

/* The block that holds what file needs: an old one that is not full, or a new one. */
static int block_share(struct ext4_xattrs *xattrs, struct tree_file *file, struct error *err)
{
    uint8_t mine[EXT4_BLOCK_BYTES], other[EXT4_BLOCK_BYTES];
    uint32_t hash = block_put(file, mine);

    if ((xattrs->n + 1) * 2 > xattrs->table_size && table_grow(xattrs, err) < 0)
        return -1;
    size_t slot = hash & (xattrs->table_size - 1);
    for (; xattrs->table[slot]; slot = (slot + 1) & (xattrs->table_size - 1)) {
        struct ext4_xattr_block *block = &xattrs->blocks[xattrs->table[slot] - 1];
        if (block->hash != hash || block->references == EXT4_XATTR_REFERENCES_MAX)
            continue;
        block_put(block->file, other);
        if (memcmp(mine, other, sizeof(mine)) == 0) {
            block->references++;
            file->aux = (uint32_t)xattrs->table[slot];
            return 0;
        }
    }
    xattrs->blocks[xattrs->n++] =
        (struct ext4_xattr_block){.file = file, .hash = hash, .references = 1};
    xattrs->table[slot] = xattrs->n;
    file->aux = (uint32_t)xattrs->n;
    return 0;
}

static int refuse(const struct tree_file *file, const char *name, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (tree_path(file, &path, err) < 0)
        return -1;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%.200s: the extended attribute %.100s is not valid, or does not fit the %d "
                     "bytes that ext4 has for a file's attributes; make the archive again without "
                     "it",
                     path, name, (int)(INODE_ROOM + BLOCK_ROOM));
}

static int losses_report(const struct tree_file *file, struct events *events, struct error *err)
{
    for (size_t i = 0; i < file->n_xattrs; i++) {
        if (prefix_find(file->xattrs[i].name))
            continue;
        AUTO_FREE char *path = NULL;
        if (tree_path(file, &path, err) < 0)
            return -1;
        event_loss(events, path, "the extended attribute %s: ext4 has no such name space",
                   file->xattrs[i].name);
    }
    return 0;
}

int ext4_xattrs_place(struct ext4_xattrs *xattrs, struct tree_file *file, struct events *events,
                      struct error *err)
{
    struct attrs attrs;
    const char *bad = "";

    file->aux = 0;
    if (file->n_xattrs == 0)
        return 0;
    if (losses_report(file, events, err) < 0)
        return -1;
    if (!attrs_collect(&attrs, file, &bad) || !attrs_split(&attrs))
        return refuse(file, bad, err);
    for (size_t i = 0; i < attrs.n; i++) {
        if (!attrs.list[i].in_inode)
            return block_share(xattrs, file, err);
    }
    return 0;
}

int ext4_xattrs_write(struct ext4_xattrs *xattrs, struct error *err)
{
    struct ext4_volume *volume = xattrs->volume;
    for (size_t i = 0; i < xattrs->n; i++) {
        struct ext4_xattr_block *block = &xattrs->blocks[i];
        uint8_t bytes[EXT4_BLOCK_BYTES];
        struct ext4_xattr_header_disk header;
        struct ext4_run run;

        if (ext4_space_take(&volume->space, 1, &run, err) < 0)
            return -1;
        block->physical = run.start;
        ext4_volume_use_blocks(volume, run.start, 1);

        block_put(block->file, bytes);
        memcpy(&header, bytes, sizeof(header));
        header.references = le32_put(block->references);
        memcpy(bytes, &header, sizeof(header));
        struct le64 number = le64_put(run.start);
        uint32_t checksum = crc32c(volume->checksum_seed, &number, sizeof(number));
        header.checksum = le32_put(crc32c(checksum, bytes, sizeof(bytes)));
        memcpy(bytes, &header, sizeof(header));
        if (blockdev_pwrite(volume->dev, bytes, sizeof(bytes), run.start * EXT4_BLOCK_BYTES, err) <
            0)
            return -1;
    }
    return 0;
}

void ext4_xattrs_inode(const struct ext4_xattrs *xattrs, const struct tree_file *file,
                       struct ext4_inode_disk *inode, uint64_t *block)
{
    struct attrs attrs;
    const char *bad;
    bool any = false;

    *block = file->aux ? xattrs->blocks[file->aux - 1].physical : 0;
    if (file->n_xattrs == 0 || !attrs_collect(&attrs, file, &bad) || !attrs_split(&attrs))
        return;
    for (size_t i = 0; i < attrs.n; i++)
        any |= attrs.list[i].in_inode;
    if (!any)
        return;
    struct le32 magic = le32_put((uint32_t)EXT4_XATTR_MAGIC);
    uint8_t *first = inode->xattrs + sizeof(magic);
    memcpy(inode->xattrs, &magic, sizeof(magic));
    attrs_put(&attrs, true, first, inode->xattrs + sizeof(inode->xattrs), first);
}

void ext4_xattrs_free(struct ext4_xattrs *xattrs)
{
    free(xattrs->blocks);
    free(xattrs->table);
    *xattrs = (struct ext4_xattrs){0};
}
