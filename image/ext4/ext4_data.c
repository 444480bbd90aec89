/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_data.h"

#include <string.h>

#include "core/cancel.h"

enum {
    CANCEL_BYTES = 1 << 20, /* between two looks for a signal */
};

/* A file's blocks are numbered in 32 bits. */
static const uint64_t file_bytes_max = UINT64_C(0xffffffff) * EXT4_BLOCK_BYTES;

static bool block_is_zero(const uint8_t *block)
{
    static const uint8_t zeros[16];
    return memcmp(block, zeros, sizeof(zeros)) == 0 &&
           memcmp(block, block + sizeof(zeros), EXT4_BLOCK_BYTES - sizeof(zeros)) == 0;
}

/* Writes whole blocks that are to be kept, wherever there is room. */
static int blocks_write(struct ext4_data *data, const uint8_t *bytes, size_t blocks,
                        uint64_t logical, struct error *err)
{
    while (blocks > 0) {
        struct ext4_run run;
        if (ext4_space_take(&data->volume->space, blocks, &run, err) < 0 ||
            ext4_map_add(&data->map, logical, &run, err) < 0 ||
            blockdev_pwrite(data->volume->dev, bytes, run.length * EXT4_BLOCK_BYTES,
                            run.start * EXT4_BLOCK_BYTES, err) < 0)
            return -1;
        bytes += run.length * EXT4_BLOCK_BYTES;
        logical += run.length;
        blocks -= run.length;
    }
    return 0;
}

/* Whole blocks, zeros among them left out. data->at lies behind them already. */
static int blocks_sift(struct ext4_data *data, const uint8_t *bytes, size_t blocks,
                       uint64_t logical, struct error *err)
{
    for (size_t at = 0; at < blocks;) {
        size_t end = at;
        while (end < blocks && !block_is_zero(bytes + end * EXT4_BLOCK_BYTES))
            end++;
        if (blocks_write(data, bytes + at * EXT4_BLOCK_BYTES, end - at, logical + at, err) < 0)
            return -1;
        at = end + (end < blocks);
    }
    return 0;
}

static int carry_flush(struct ext4_data *data, struct error *err)
{
    if (data->carried == 0)
        return 0;
    memset(data->carry + data->carried, 0, EXT4_BLOCK_BYTES - data->carried);
    uint64_t logical = (data->at - data->carried) / EXT4_BLOCK_BYTES;
    data->carried = 0;
    return blocks_sift(data, data->carry, 1, logical, err);
}

/* Moves on over a hole. */
static int skip_to(struct ext4_data *data, uint64_t offset, struct error *err)
{
    if (offset / EXT4_BLOCK_BYTES != (data->at - data->carried) / EXT4_BLOCK_BYTES &&
        carry_flush(data, err) < 0)
        return -1;
    size_t carried = offset % EXT4_BLOCK_BYTES;
    memset(data->carry + data->carried, 0, carried - data->carried);
    data->carried = carried;
    data->at = offset;
    return 0;
}

static int bytes_take(struct ext4_data *data, const uint8_t *bytes, size_t n, struct error *err)
{
    if (data->carried > 0) {
        size_t part = EXT4_BLOCK_BYTES - data->carried;
        if (part > n)
            part = n;
        memcpy(data->carry + data->carried, bytes, part);
        data->carried += part;
        data->at += part;
        bytes += part;
        n -= part;
        if (data->carried == EXT4_BLOCK_BYTES && carry_flush(data, err) < 0)
            return -1;
    }
    size_t blocks = n / EXT4_BLOCK_BYTES;
    uint64_t logical = data->at / EXT4_BLOCK_BYTES;
    size_t rest = n % EXT4_BLOCK_BYTES;
    data->at += n;
    if (blocks_sift(data, bytes, blocks, logical, err) < 0)
        return -1;
    if (rest > 0) {
        memcpy(data->carry, bytes + n - rest, rest);
        data->carried = rest;
    }
    return 0;
}

int ext4_data_write(struct ext4_data *data, const struct entry *entry, struct source *content,
                    struct arena *arena, struct ext4_map **out, struct error *err)
{
    struct content piece;
    int rc;

    if (entry->size > file_bytes_max)
        return error_set(
            err, ERROR_UNSUPPORTED,
            "%llu bytes; a file on ext4 has 16 TiB at most; make the archive again without it",
            (unsigned long long)entry->size);
    data->at = data->carried = data->map.n = 0;
    ext4_space_prefer(&data->volume->space,
                      (entry->size + EXT4_BLOCK_BYTES - 1) / EXT4_BLOCK_BYTES);
    while ((rc = source_content(content, &piece, err)) > 0) {
        if (piece.offset < data->at || piece.offset > entry->size ||
            piece.n > entry->size - piece.offset)
            return error_set(err, ERROR_DAMAGED,
                             "a piece of content at %llu does not fit the file's %llu bytes; "
                             "download or make the archive again",
                             (unsigned long long)piece.offset, (unsigned long long)entry->size);
        bool look = piece.offset / CANCEL_BYTES != (piece.offset + piece.n) / CANCEL_BYTES;
        if ((look && cancel_check(err) < 0) ||
            (piece.offset > data->at && skip_to(data, piece.offset, err) < 0) ||
            bytes_take(data, piece.bytes, piece.n, err) < 0)
            return -1;
    }
    if (rc < 0 || carry_flush(data, err) < 0)
        return -1;
    return ext4_map_keep(&data->map, arena, out, err);
}

int ext4_data_put(struct ext4_data *data, const void *bytes, size_t n, struct arena *arena,
                  struct ext4_map **out, struct error *err)
{
    size_t whole = n / EXT4_BLOCK_BYTES, rest = n % EXT4_BLOCK_BYTES;

    data->map.n = 0;
    ext4_space_prefer(&data->volume->space, whole + (rest > 0));
    if (blocks_write(data, bytes, whole, 0, err) < 0)
        return -1;
    if (rest > 0) {
        memcpy(data->carry, (const uint8_t *)bytes + n - rest, rest);
        memset(data->carry + rest, 0, EXT4_BLOCK_BYTES - rest);
        if (blocks_write(data, data->carry, 1, whole, err) < 0)
            return -1;
    }
    return ext4_map_keep(&data->map, arena, out, err);
}

void ext4_data_free(struct ext4_data *data)
{
    ext4_map_free(&data->map);
}
