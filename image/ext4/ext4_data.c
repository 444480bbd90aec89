/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_data.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"

enum {
    COPY_BLOCKS = 256, /* at a time */
};

/* A file's blocks are numbered in 32 bits. */
static const uint64_t file_bytes_max = UINT64_C(0xffffffff) * EXT4_BLOCK_BYTES;

/* Writes whole blocks that are to be kept, wherever there is room. */
static int blocks_write(struct ext4_data *data, const uint8_t *bytes, size_t blocks,
                        uint64_t logical, struct error *err)
{
    while (blocks > 0) {
        struct ext4_run run;
        ext4_space_take(&data->volume->space, blocks, &run);
        if (data->volume->space.missing > data->missing_max)
            return error_set(err, ERROR_NO_SPACE,
                             "the file system is full; give it a larger --size");
        if (ext4_map_add(&data->map, logical, &run, err) < 0 ||
            ext4_volume_write(data->volume, bytes, &run, err) < 0)
            return -1;
        bytes += run.length * EXT4_BLOCK_BYTES;
        logical += run.length;
        blocks -= run.length;
    }
    return 0;
}

static int content_write(struct blocks *blocks, const uint8_t *bytes, size_t n, uint64_t logical,
                         struct error *err)
{
    return blocks_write((struct ext4_data *)blocks, bytes, n, logical, err);
}

int ext4_data_write(struct ext4_data *data, const struct entry *entry, struct source *content,
                    struct arena *arena, struct ext4_map **out, struct error *err)
{
    if (entry->size > file_bytes_max)
        return error_set(
            err, ERROR_UNSUPPORTED,
            "%llu bytes; a file on ext4 has 16 TiB at most; make the archive again without it",
            (unsigned long long)entry->size);
    data->map.n = 0;
    data->blocks.write = content_write;
    data->blocks.hole_blocks = 1;
    ext4_space_prefer(&data->volume->space,
                      (entry->size + EXT4_BLOCK_BYTES - 1) / EXT4_BLOCK_BYTES);
    if (blocks_take(&data->blocks, content, entry->size, err) < 0)
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
        uint8_t last[EXT4_BLOCK_BYTES] = {0};
        memcpy(last, (const uint8_t *)bytes + n - rest, rest);
        if (blocks_write(data, last, 1, whole, err) < 0)
            return -1;
    }
    return ext4_map_keep(&data->map, arena, out, err);
}

static int extent_copy(struct ext4_data *data, const struct ext4_extent *extent, uint8_t *buffer,
                       struct error *err)
{
    for (uint32_t at = 0; at < extent->length; at += COPY_BLOCKS) {
        uint32_t rest = extent->length - at;
        uint32_t blocks = rest < COPY_BLOCKS ? rest : COPY_BLOCKS;
        if (cancel_check(err) < 0 ||
            ext4_volume_read(data->volume, buffer,
                             &(struct ext4_run){extent->physical + at, blocks}, err) < 0 ||
            blocks_write(data, buffer, blocks, extent->logical + (uint64_t)at, err) < 0)
            return -1;
    }
    return 0;
}

int ext4_data_copy(struct ext4_data *data, const struct ext4_map *map, struct arena *arena,
                   struct ext4_map **out, struct error *err)
{
    AUTO_FREE uint8_t *buffer = malloc(COPY_BLOCKS * EXT4_BLOCK_BYTES);
    if (!buffer)
        return error_no_memory(err);
    data->map.n = 0;
    for (size_t i = 0; map && i < map->n; i++) {
        if (extent_copy(data, &map->extents[i], buffer, err) < 0)
            return -1;
    }
    return ext4_map_keep(&data->map, arena, out, err);
}

void ext4_data_free(struct ext4_data *data)
{
    ext4_map_free(&data->map);
}
