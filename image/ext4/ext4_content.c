/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_content.h"

#include <stdlib.h>
#include <string.h>

enum {
    BUFFER_BYTES = 1 << 20,
};

static int damaged(const struct ext4_content *content, errcode_t code, struct error *err)
{
    if (content->io->error.code != ERROR_NONE || code == EXT2_ET_NO_MEMORY)
        return ext4_io_failed(content->io, code, "read ext4", err);
    return error_set(err, ERROR_DAMAGED,
                     "where the content lies cannot be read (%s); e2fsck -fn tells more",
                     code ? error_message(code) : "it does not fit the disk");
}

/* ---- where it lies ---- */

/* Adds a run after checking that it lies on the disk and behind the one before. */
static int run_add(struct ext4_content *content, uint64_t logical, uint64_t physical,
                   uint64_t length, struct error *err)
{
    const struct ext4_map_builder *map = &content->map;
    uint64_t blocks = ext2fs_blocks_count(content->fs->super);
    uint64_t end =
        map->n ? map->list[map->n - 1].logical + (uint64_t)map->list[map->n - 1].length : 0;
    if (physical == 0 || physical >= blocks || length > blocks - physical || logical < end ||
        logical + length > UINT32_MAX || map->n >= EXT4_CONTENT_EXTENTS_MAX)
        return damaged(content, 0, err);
    struct ext4_run run = {.start = physical, .length = length};
    return ext4_map_add(&content->map, logical, &run, err);
}

static int extents_read(struct ext4_content *content, uint32_t number, struct ext2_inode *inode,
                        struct error *err)
{
    ext2_extent_handle_t handle;
    struct ext2fs_extent extent;
    int rc = 0;

    errcode_t code = ext2fs_extent_open2(content->fs, number, inode, &handle);
    if (code)
        return damaged(content, code, err);
    code = ext2fs_extent_get(handle, EXT2_EXTENT_ROOT, &extent);
    while (!code && rc == 0) {
        bool leaf = extent.e_flags & EXT2_EXTENT_FLAGS_LEAF;
        bool unwritten = extent.e_flags & EXT2_EXTENT_FLAGS_UNINIT;
        bool second = extent.e_flags & EXT2_EXTENT_FLAGS_SECOND_VISIT;
        if (leaf && !unwritten && !second)
            rc = run_add(content, extent.e_lblk, extent.e_pblk, extent.e_len, err);
        code = ext2fs_extent_get(handle, EXT2_EXTENT_NEXT, &extent);
    }
    ext2fs_extent_free(handle);
    if (rc < 0)
        return -1;
    if (code == EXT2_ET_EXTENT_NO_NEXT || code == EXT2_ET_NO_CURRENT_NODE)
        return 0;
    return code ? damaged(content, code, err) : 0;
}

struct block_visit {
    struct ext4_content *content;
    struct error *err;
    int rc;
};

static int block_note(ext2_filsys fs, blk64_t *block, e2_blkcnt_t logical, blk64_t parent,
                      int offset, void *context)
{
    struct block_visit *visit = context;
    (void)fs, (void)parent, (void)offset;
    if (logical >= 0 && *block != 0)
        visit->rc = run_add(visit->content, (uint64_t)logical, *block, 1, visit->err);
    return visit->rc < 0 ? BLOCK_ABORT : 0;
}

static int block_map_read(struct ext4_content *content, uint32_t number, struct error *err)
{
    struct block_visit visit = {.content = content, .err = err};
    errcode_t code = ext2fs_block_iterate3(
        content->fs, number, BLOCK_FLAG_DATA_ONLY | BLOCK_FLAG_READ_ONLY, NULL, block_note, &visit);
    if (visit.rc < 0)
        return -1;
    return code ? damaged(content, code, err) : 0;
}

static int inline_read(struct ext4_content *content, uint32_t number, struct ext2_inode *inode,
                       struct error *err)
{
    size_t n = 0;
    errcode_t code = ext2fs_inline_data_size(content->fs, number, &n);
    if (!code && n > BUFFER_BYTES)
        code = EXT2_ET_FILE_TOO_BIG;
    if (!code)
        code = ext2fs_inline_data_get(content->fs, number, inode, content->buffer, &n);
    if (code)
        return damaged(content, code, err);
    content->inline_n = n < content->size ? n : (size_t)content->size;
    return 0;
}

int ext4_content_begin(struct ext4_content *content, uint32_t number, uint64_t size,
                       struct error *err)
{
    struct ext2_inode inode;

    content->map.n = content->at = content->inline_n = 0;
    content->offset = 0;
    content->size = size;
    if (size == 0)
        return 0;
    errcode_t code = ext2fs_read_inode(content->fs, number, &inode);
    if (code)
        return damaged(content, code, err);
    if (inode.i_flags & EXT4_INLINE_DATA_FL)
        return inline_read(content, number, &inode, err);
    if (inode.i_flags & EXT4_EXTENTS_FL)
        return extents_read(content, number, &inode, err);
    return block_map_read(content, number, err);
}

/* ---- where its data is in the file ---- */

static void run_join(struct data_extent *runs, size_t *n, uint64_t offset, uint64_t length)
{
    if (*n > 0 && runs[*n - 1].offset + runs[*n - 1].length == offset)
        runs[*n - 1].length += length;
    else
        runs[(*n)++] = (struct data_extent){.offset = offset, .length = length};
}

int ext4_content_map(struct ext4_content *content, const struct data_extent **out, size_t *n,
                     struct error *err)
{
    uint64_t block_bytes = content->fs->blocksize;
    size_t most = content->map.n + 1;

    if (most > content->runs_size) {
        struct data_extent *runs = reallocarray(content->runs, most, sizeof(*runs));
        if (!runs)
            return error_no_memory(err);
        content->runs = runs;
        content->runs_size = most;
    }
    *n = 0;
    if (content->inline_n > 0)
        run_join(content->runs, n, 0, content->inline_n);
    for (size_t i = 0; i < content->map.n; i++) {
        const struct ext4_extent *extent = &content->map.list[i];
        uint64_t offset = extent->logical * block_bytes, length = extent->length * block_bytes;
        if (offset >= content->size)
            break; /* allocated beyond the end */
        length = length < content->size - offset ? length : content->size - offset;
        run_join(content->runs, n, offset, length);
    }
    *out = content->runs;
    return 1;
}

/* ---- what lies there ---- */

int ext4_content_next(struct ext4_content *content, struct content *out, struct error *err)
{
    uint64_t block_bytes = content->fs->blocksize;

    if (content->inline_n > 0) {
        *out = (struct content){.bytes = content->buffer, .n = content->inline_n};
        content->inline_n = 0;
        return 1;
    }
    while (content->at < content->map.n) {
        const struct ext4_extent *extent = &content->map.list[content->at];
        uint64_t start = extent->logical * block_bytes + content->offset;
        uint64_t rest = extent->length * block_bytes - content->offset;
        if (start >= content->size)
            return 0; /* allocated beyond the end */
        if (rest == 0) {
            content->at++;
            content->offset = 0;
            continue;
        }
        size_t n = rest < BUFFER_BYTES ? (size_t)rest : BUFFER_BYTES;
        if (n > content->size - start)
            n = (size_t)(content->size - start);
        if (blockdev_pread(content->dev, content->buffer, n,
                           extent->physical * block_bytes + content->offset, err) < 0)
            return -1;
        *out = (struct content){.bytes = content->buffer, .n = n, .offset = start};
        content->offset += n;
        return 1;
    }
    return 0;
}

/* The first extent that ends behind off. */
static size_t extent_find(const struct ext4_content *content, uint64_t off)
{
    uint64_t block = off / content->fs->blocksize;
    size_t low = 0, high = content->map.n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct ext4_extent *extent = &content->map.list[middle];
        if (extent->logical + (uint64_t)extent->length <= block)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int ext4_content_pread(const struct ext4_content *content, void *buf, size_t n, uint64_t off,
                       struct error *err)
{
    uint64_t block_bytes = content->fs->blocksize, end = off + n;

    memset(buf, 0, n);
    if (off < content->inline_n)
        memcpy(buf, content->buffer + off,
               n < content->inline_n - off ? n : content->inline_n - off);
    for (size_t i = extent_find(content, off); i < content->map.n; i++) {
        const struct ext4_extent *extent = &content->map.list[i];
        uint64_t start = extent->logical * block_bytes;
        uint64_t from = start > off ? start : off;
        uint64_t to = start + extent->length * block_bytes;
        to = to < end ? to : end;
        if (from >= to)
            break;
        if (blockdev_pread(content->dev, (uint8_t *)buf + (from - off), (size_t)(to - from),
                           extent->physical * block_bytes + (from - start), err) < 0)
            return -1;
    }
    return 0;
}

int ext4_content_init(struct ext4_content *content, ext2_filsys fs, const struct ext4_io *io,
                      struct blockdev *dev, struct error *err)
{
    *content = (struct ext4_content){.fs = fs, .io = io, .dev = dev};
    content->buffer = malloc(BUFFER_BYTES);
    return content->buffer ? 0 : error_no_memory(err);
}

void ext4_content_free(struct ext4_content *content)
{
    ext4_map_free(&content->map);
    free(content->runs);
    free(content->buffer);
}
