/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_xattr.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/crc32c.h"
#include "core/list.h"
#include "image/ext4/ext4_attrs.h"
#include "image/ext4/ext4_inode.h"

enum {
    TABLE_SIZE_MIN = 64, /* a power of two */
    LARGE_MODE = 0600,
};

/* The block of a file's attributes, with everything but references and checksum. */
static uint32_t block_put(const struct tree_file *file, uint8_t block[EXT4_BLOCK_BYTES])
{
    struct ext4_attrs attrs;
    const char *bad;

    memset(block, 0, EXT4_BLOCK_BYTES);
    if (!ext4_attrs_collect(&attrs, file, &bad))
        return 0;
    struct ext4_xattr_header_disk header = {
        .magic = le32_put((uint32_t)EXT4_XATTR_MAGIC),
        .blocks = le32_put(1),
    };
    uint32_t hash =
        ext4_attrs_put(&attrs, false, block + sizeof(header), block + EXT4_BLOCK_BYTES, block);
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
                     path, name, (int)(EXT4_ATTRS_INODE_ROOM + EXT4_ATTRS_BLOCK_ROOM));
}

/* ---- large values ---- */

static int large_refuse(const struct tree_file *file, const struct tree_xattr *xattr,
                        struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (tree_path(file, &path, err) < 0)
        return -1;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%.200s: the extended attribute %.100s has %u bytes, which only the ext4 "
                     "feature ea_inode can hold; leave out --no-ea-inode, or the attribute",
                     path, xattr->name, xattr->size);
}

static int large_add(struct ext4_xattrs *xattrs, const struct tree_file *file,
                     struct tree_xattr *xattr, struct events *events, struct error *err)
{
    struct ext2_super_block *super = xattrs->volume->fs->super;
    if (xattrs->no_ea_inode)
        return large_refuse(file, xattr, err);
    if (!ext2fs_has_feature_ea_inode(super)) {
        ext2fs_set_feature_ea_inode(super);
        event_warning(events,
                      "an extended attribute (%s, %u bytes) needs the ext4 feature ea_inode, "
                      "which Linux before 4.13 cannot mount",
                      xattr->name, xattr->size);
    }
    if (list_grow(&xattrs->large, xattrs->n_large, &xattrs->large_size, err) < 0)
        return -1;
    xattrs->large[xattrs->n_large++] = (struct ext4_large_value){.file = file, .xattr = xattr};
    xattr->number = xattrs->next_inode++;
    xattr->hash = crc32c(xattrs->volume->checksum_seed, xattr->value, xattr->size);
    return 0;
}

/* Such an inode keeps the value's hash as its access time. Source: linux fs/ext4/xattr.c. */
int ext4_xattrs_write_large(struct ext4_xattrs *xattrs, struct ext4_data *data,
                            struct ext4_inodes *inodes, struct arena *arena, struct error *err)
{
    for (size_t i = 0; i < xattrs->n_large; i++) {
        const struct ext4_large_value *large = &xattrs->large[i];
        struct tree_file file = {
            .type = ENTRY_FILE,
            .mode = LARGE_MODE,
            .uid = large->file->uid,
            .gid = large->file->gid,
            .links = 1,
            .number = large->xattr->number,
            .atime = {.seconds = (int32_t)large->xattr->hash},
        };
        struct ext4_map *map;
        if (ext4_data_put(data, large->xattr->value, large->xattr->size, arena, &map, err) < 0)
            return -1;
        struct ext4_inode_content content = {
            .map = map,
            .size = large->xattr->size,
            .flags = EXT4_INODE_LARGE_VALUE,
            .version = 1,
        };
        if (ext4_inodes_put(inodes, &file, &content, err) < 0)
            return -1;
    }
    return 0;
}

int ext4_xattrs_place(struct ext4_xattrs *xattrs, struct tree_file *file, struct events *events,
                      struct error *err)
{
    struct ext4_attrs attrs;
    const char *bad = "";

    file->aux = 0;
    if (file->n_xattrs == 0)
        return 0;
    if (!ext4_attrs_collect(&attrs, file, &bad))
        return refuse(file, bad, err);
    bool block = false;
    for (size_t i = 0; i < attrs.n; i++) {
        const struct ext4_attr *attr = &attrs.list[i];
        if (attr->large && large_add(xattrs, file, attr->xattr, events, err) < 0)
            return -1;
        block |= !attr->in_inode;
    }
    return block ? block_share(xattrs, file, err) : 0;
}

int ext4_xattrs_write(struct ext4_xattrs *xattrs, struct error *err)
{
    struct ext4_volume *volume = xattrs->volume;
    for (size_t i = 0; i < xattrs->n; i++) {
        struct ext4_xattr_block *block = &xattrs->blocks[i];
        uint8_t bytes[EXT4_BLOCK_BYTES];
        struct ext4_xattr_header_disk header;
        struct ext4_run run;

        ext4_space_take(&volume->space, 1, &run);
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
        if (ext4_volume_write(volume, bytes, &run, err) < 0)
            return -1;
    }
    return 0;
}

void ext4_xattrs_inode(const struct ext4_xattrs *xattrs, const struct tree_file *file,
                       struct ext4_inode_disk *inode, uint64_t *block, uint64_t *blocks)
{
    struct ext4_attrs attrs;
    const char *bad;
    bool any = false;

    *block = file->aux ? xattrs->blocks[file->aux - 1].physical : 0;
    *blocks = *block != 0;
    if (file->n_xattrs == 0 || !ext4_attrs_collect(&attrs, file, &bad))
        return;
    for (size_t i = 0; i < attrs.n; i++) {
        any |= attrs.list[i].in_inode;
        if (attrs.list[i].large)
            *blocks += (attrs.list[i].value_size + EXT4_BLOCK_BYTES - 1) / EXT4_BLOCK_BYTES;
    }
    if (!any)
        return;
    struct le32 magic = le32_put((uint32_t)EXT4_XATTR_MAGIC);
    uint8_t *first = inode->xattrs + sizeof(magic);
    memcpy(inode->xattrs, &magic, sizeof(magic));
    ext4_attrs_put(&attrs, true, first, inode->xattrs + sizeof(inode->xattrs), first);
}

void ext4_xattrs_free(struct ext4_xattrs *xattrs)
{
    free(xattrs->blocks);
    free(xattrs->table);
    free(xattrs->large);
    *xattrs = (struct ext4_xattrs){0};
}
