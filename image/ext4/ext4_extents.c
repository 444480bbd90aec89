/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_extents.h"

#include <stdlib.h>
#include <string.h>

#include "core/crc32c.h"
#include "core/list.h"
#include "image/ext4/ext4_format.h"

enum {
    ENTRY_BYTES = sizeof(struct ext4_extent_disk),
};

static_assert(sizeof(struct ext4_extent_disk) == sizeof(struct ext4_extent_index_disk),
              "a node of the tree holds either");

/* ---- maps ---- */

int ext4_map_add(struct ext4_map_builder *builder, uint64_t logical, const struct ext4_run *run,
                 struct error *err)
{
    struct ext4_extent *last = builder->n ? &builder->list[builder->n - 1] : NULL;
    if (last && last->logical + (uint64_t)last->length == logical &&
        last->physical + last->length == run->start) {
        last->length += (uint32_t)run->length;
        return 0;
    }
    if (list_grow(&builder->list, builder->n, &builder->size, err) < 0)
        return -1;
    builder->list[builder->n++] = (struct ext4_extent){
        .physical = run->start,
        .logical = (uint32_t)logical,
        .length = (uint32_t)run->length,
    };
    return 0;
}

int ext4_map_keep(struct ext4_map_builder *builder, struct arena *arena, struct ext4_map **out,
                  struct error *err)
{
    *out = NULL;
    if (builder->n == 0)
        return 0;
    struct ext4_map *map = arena_alloc(arena, sizeof(*map) + builder->n * sizeof(map->extents[0]));
    if (!map)
        return error_no_memory(err);
    map->n = builder->n;
    memcpy(map->extents, builder->list, builder->n * sizeof(map->extents[0]));
    for (size_t i = 0; i < map->n; i++)
        map->blocks += map->extents[i].length;
    builder->n = 0;
    *out = map;
    return 0;
}

void ext4_map_free(struct ext4_map_builder *builder)
{
    free(builder->list);
    *builder = (struct ext4_map_builder){0};
}

/* ---- the tree, from the leaves up ---- */

/* One level of the tree: extents, or indexes of the level below. */
struct level {
    uint8_t (*entries)[ENTRY_BYTES];
    size_t n;
    uint16_t depth;
};

static void header_put(void *to, const struct level *level, size_t n, uint16_t max)
{
    struct ext4_extent_header_disk header = {
        .magic = le16_put(EXT4_EXTENT_MAGIC),
        .entries = le16_put((uint16_t)n),
        .max = le16_put(max),
        .depth = le16_put(level->depth),
    };
    memcpy(to, &header, sizeof(header));
}

static size_t extents_on_disk(const struct ext4_map *map)
{
    size_t n = 0;
    for (size_t i = 0; i < map->n; i++)
        n += (map->extents[i].length + (size_t)EXT4_EXTENT_BLOCKS_MAX - 1) / EXT4_EXTENT_BLOCKS_MAX;
    return n;
}

static int leaves_make(struct level *level, const struct ext4_map *map, struct error *err)
{
    level->entries = calloc(extents_on_disk(map), ENTRY_BYTES);
    if (!level->entries)
        return error_no_memory(err);
    for (size_t i = 0; i < map->n; i++) {
        struct ext4_extent rest = map->extents[i];
        while (rest.length > 0) {
            uint32_t length =
                rest.length < EXT4_EXTENT_BLOCKS_MAX ? rest.length : EXT4_EXTENT_BLOCKS_MAX;
            struct ext4_extent_disk disk = {
                .logical = le32_put(rest.logical),
                .length = le16_put((uint16_t)length),
                .physical_high = le16_put((uint16_t)(rest.physical >> 32)),
                .physical_low = le32_put((uint32_t)rest.physical),
            };
            memcpy(level->entries[level->n++], &disk, sizeof(disk));
            rest.logical += length;
            rest.physical += length;
            rest.length -= length;
        }
    }
    return 0;
}

static int node_write(struct ext4_volume *volume, const struct level *level, size_t first, size_t n,
                      uint32_t seed, struct ext4_run *block, struct error *err)
{
    struct ext4_extent_block_disk disk = {0};
    header_put(&disk.header, level, n, EXT4_EXTENTS_IN_BLOCK);
    memcpy(disk.entries, level->entries[first], n * ENTRY_BYTES);
    disk.checksum = le32_put(crc32c(seed, &disk, sizeof(disk) - sizeof(disk.checksum)));

    ext4_space_take(&volume->space, 1, block);
    ext4_volume_use_blocks(volume, block->start, 1);
    return ext4_volume_write(volume, &disk, block, err);
}

/* Writes a level into blocks and turns it into the indexes of those. */
static int level_up(struct ext4_volume *volume, struct level *level, uint32_t seed,
                    uint64_t *tree_blocks, struct error *err)
{
    size_t parents = 0;
    for (size_t at = 0; at < level->n; at += EXT4_EXTENTS_IN_BLOCK) {
        size_t rest = level->n - at;
        size_t n = rest < EXT4_EXTENTS_IN_BLOCK ? rest : EXT4_EXTENTS_IN_BLOCK;
        struct ext4_run block;
        if (node_write(volume, level, at, n, seed, &block, err) < 0)
            return -1;

        struct ext4_extent_index_disk index = {
            .child_low = le32_put((uint32_t)block.start),
            .child_high = le16_put((uint16_t)(block.start >> 32)),
        };
        memcpy(&index.logical, level->entries[at], sizeof(index.logical));
        memcpy(level->entries[parents++], &index, sizeof(index));
        ++*tree_blocks;
    }
    level->n = parents;
    level->depth++;
    return 0;
}

int ext4_extents_write(struct ext4_volume *volume, const struct ext4_map *map, uint32_t inode,
                       uint8_t *i_block, uint64_t *tree_blocks, struct error *err)
{
    struct level level = {0};
    uint32_t seed = ext4_volume_seed(volume, inode);
    int rc = 0;

    *tree_blocks = 0;
    for (size_t i = 0; map && i < map->n; i++)
        ext4_volume_use_blocks(volume, map->extents[i].physical, map->extents[i].length);
    if (map)
        rc = leaves_make(&level, map, err);
    while (rc == 0 && level.n > EXT4_EXTENTS_IN_INODE)
        rc = level_up(volume, &level, seed, tree_blocks, err);
    if (rc == 0) {
        header_put(i_block, &level, level.n, EXT4_EXTENTS_IN_INODE);
        if (level.n)
            memcpy(i_block + sizeof(struct ext4_extent_header_disk), level.entries,
                   level.n * ENTRY_BYTES);
    }
    free(level.entries);
    return rc;
}
