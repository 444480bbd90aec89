/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_content.h"

#include <stdlib.h>
#include <string.h>

enum {
    BITS_MAX = VHDX_BLOCK_MAX / 512 / 8, /* bytes of bitmap for one block */
};

int vhdx_content_init(struct vhdx_content *out, struct vhdx_file *file, enum vhdx_purpose purpose,
                      struct vhdx_pages *changes, struct error *err)
{
    *out = (struct vhdx_content){
        .file = file,
        .judge = {.purpose = purpose, .path = file->medium->path},
    };
    if (vhdx_bat_init(&out->bat, file, changes, err) == 0) {
        if (!file->differencing)
            return 0;
        out->bits = malloc(BITS_MAX);
        if (out->bits)
            return 0;
        error_no_memory(err);
    }
    vhdx_content_drop(out);
    return -1;
}

void vhdx_content_drop(struct vhdx_content *content)
{
    vhdx_bat_drop(&content->bat);
    blockdev_abandon(content->parent);
    vhdx_file_close(content->file);
    free(content->bits);
    *content = (struct vhdx_content){0};
}

/* ---- blocks that are partly the parent's ---- */

static int bits_load(struct vhdx_content *content, uint64_t block, struct error *err)
{
    const struct vhdx_file *file = content->file;
    uint64_t ratio = file->layout.chunk_ratio;
    size_t n = file->layout.block_size / file->logical_sector / 8;
    uint64_t at;
    if (content->bits_of == block + 1)
        return 0;
    content->bits_of = 0;
    if (vhdx_bat_bitmap(&content->bat, &content->judge, block / ratio, &at, err) < 0)
        return -1;
    if (at == 0)
        return vhdx_judge(&content->judge, VHDX_RULE_BAT_NO_BITMAP, err,
                          "block %llu is partly the parent's, and no sector bitmap says which part",
                          (unsigned long long)block);
    if (vhdx_medium_read(file->medium, content->bits, n, at + block % ratio * n, err) < 0)
        return -1;
    content->bits_of = block + 1;
    return 0;
}

static bool bit_get(const uint8_t *bits, uint64_t i)
{
    return bits[i / 8] >> (i % 8) & 1;
}

/* The run from a byte of the block on, within the block. */
static int bits_run(struct vhdx_content *content, uint64_t block, uint64_t within, uint64_t at,
                    struct vhdx_run *out, struct error *err)
{
    uint64_t sector = content->file->logical_sector;
    uint64_t n = content->file->layout.block_size / sector;
    if (bits_load(content, block, err) < 0)
        return -1;
    uint64_t i = within / sector;
    bool own = bit_get(content->bits, i);
    while (i < n && bit_get(content->bits, i) == own)
        i++;
    out->source = own ? VHDX_IN_FILE : VHDX_IN_PARENT;
    out->length = i * sector - within;
    out->at = own ? at + within : 0;
    return 0;
}

/* ---- runs ---- */

static int block_run(struct vhdx_content *content, uint64_t off, struct vhdx_run *out,
                     struct error *err)
{
    uint64_t block_size = content->file->layout.block_size;
    uint64_t within = off % block_size;
    struct vhdx_block block;
    if (vhdx_bat_block(&content->bat, &content->judge, off / block_size, &block, err) < 0)
        return -1;
    *out = (struct vhdx_run){
        .source = block.source,
        .state = block.state,
        .length = block_size - within,
    };
    if (block.source == VHDX_IN_FILE)
        out->at = block.at + within;
    if (block.source == VHDX_IN_BOTH)
        return bits_run(content, off / block_size, within, block.at, out, err);
    return 0;
}

int vhdx_content_run(struct vhdx_content *content, uint64_t off, uint64_t n, struct vhdx_run *out,
                     struct error *err)
{
    if (block_run(content, off, out, err) < 0)
        return -1;
    while (out->length < n) {
        struct vhdx_run next;
        if (block_run(content, off + out->length, &next, err) < 0)
            return -1;
        if (next.source != out->source || next.state != out->state ||
            (out->source == VHDX_IN_FILE && next.at != out->at + out->length))
            break;
        out->length += next.length;
    }
    if (out->length > n)
        out->length = n;
    return 0;
}

/* A parent may be shorter than its child: behind its end are zeros. */
static int parent_read(struct blockdev *parent, uint8_t *buf, size_t n, uint64_t off,
                       struct error *err)
{
    uint64_t there = off < parent->size ? parent->size - off : 0;
    size_t stored = n < there ? n : (size_t)there;
    memset(buf + stored, 0, n - stored);
    return stored > 0 ? blockdev_pread(parent, buf, stored, off, err) : 0;
}

static int run_read(struct vhdx_content *content, const struct vhdx_run *run, uint8_t *buf,
                    uint64_t off, struct error *err)
{
    switch (run->source) {
    case VHDX_IN_FILE:
        return vhdx_medium_read(content->file->medium, buf, (size_t)run->length, run->at, err);
    case VHDX_IN_PARENT:
        return parent_read(content->parent, buf, (size_t)run->length, off, err);
    default:
        memset(buf, 0, (size_t)run->length);
        return 0;
    }
}

int vhdx_content_read(struct vhdx_content *content, void *buf, size_t n, uint64_t off,
                      struct error *err)
{
    uint8_t *to = buf;
    while (n > 0) {
        struct vhdx_run run;
        if (vhdx_content_run(content, off, n, &run, err) < 0 ||
            run_read(content, &run, to, off, err) < 0)
            return -1;
        to += run.length;
        off += run.length;
        n -= (size_t)run.length;
    }
    return 0;
}

/* ---- extents ---- */

static int parent_extent(struct blockdev *parent, uint64_t off, struct extent *out,
                         struct error *err)
{
    *out = (struct extent){.offset = off, .length = UINT64_MAX - off};
    return off < parent->size ? blockdev_extent(parent, off, out, err) : 0;
}

/* One step: what is known of the bytes from off on without looking further. */
static int extent_step(struct vhdx_content *content, uint64_t off, struct extent *out,
                       struct error *err)
{
    struct vhdx_run run;
    if (block_run(content, off, &run, err) < 0)
        return -1;
    *out = (struct extent){
        .offset = off,
        .length = run.length,
        .allocated = run.source == VHDX_IN_FILE,
    };
    if (run.source != VHDX_IN_PARENT)
        return 0;
    struct extent parent;
    if (parent_extent(content->parent, off, &parent, err) < 0)
        return -1;
    out->allocated = parent.allocated;
    if (parent.length < out->length)
        out->length = parent.length;
    return 0;
}

int vhdx_content_extent(struct vhdx_content *content, uint64_t off, struct extent *out,
                        struct error *err)
{
    uint64_t size = content->file->layout.virtual_size;
    if (extent_step(content, off, out, err) < 0)
        return -1;
    while (off + out->length < size) {
        struct extent next;
        if (extent_step(content, off + out->length, &next, err) < 0)
            return -1;
        if (next.allocated != out->allocated)
            break;
        out->length += next.length;
    }
    if (out->length > size - off)
        out->length = size - off;
    return 0;
}
