/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a file's blocks lie, and the extent tree that says so on disk. */
#ifndef LXKIT_IMAGE_EXT4_EXTENTS_H
#define LXKIT_IMAGE_EXT4_EXTENTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/ext4/ext4_volume.h"

struct ext4_extent {
    uint64_t physical; /* first block on the disk */
    uint32_t logical;  /* first block of the file */
    uint32_t length;   /* in blocks; on disk it may take several */
};

/* Rising, without overlaps; what lies between is a hole. */
struct ext4_map {
    size_t n;
    uint64_t blocks; /* of all extents */
    struct ext4_extent extents[];
};

/* A map being made; starts as {0} and may be used again after ext4_map_keep(). */
struct ext4_map_builder {
    struct ext4_extent *list;
    size_t n, size;
};

int ext4_map_add(struct ext4_map_builder *builder, uint64_t logical, const struct ext4_run *run,
                 struct error *err) MUST_CHECK;
/* The finished map in the arena, *out NULL for no blocks at all; the builder is empty again. */
int ext4_map_keep(struct ext4_map_builder *builder, struct arena *arena, struct ext4_map **out,
                  struct error *err) MUST_CHECK;
void ext4_map_free(struct ext4_map_builder *builder);

/* Writes the tree for map (NULL: no blocks) of an inode: its root into i_block, the rest into
 * blocks of their own, *tree_blocks of them. Marks all blocks as used. */
int ext4_extents_write(struct ext4_volume *volume, const struct ext4_map *map, uint32_t inode,
                       uint8_t *i_block, uint64_t *tree_blocks, struct error *err) MUST_CHECK;

#endif
