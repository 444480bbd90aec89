/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File content on its way to its final place, in the order of arrival. Blocks of zeros become
 * holes. */
#ifndef LXKIT_IMAGE_EXT4_DATA_H
#define LXKIT_IMAGE_EXT4_DATA_H

#include <assert.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/blocks.h"
#include "image/ext4/ext4_extents.h"
#include "image/ext4/ext4_format.h"
#include "image/source.h"

struct ext4_data {
    struct blocks blocks;
    struct ext4_volume *volume;
    struct ext4_map_builder map; /* of the current file */
    uint64_t missing_max;        /* blocks, as in struct sink_options */
};

static_assert(EXT4_BLOCK_BYTES == (int)BLOCK_BYTES, "content is cut into the file system's blocks");

/* Writes what content gives for the entry, and tells where in *out (in arena; NULL: no blocks). */
int ext4_data_write(struct ext4_data *data, const struct entry *entry, struct source *content,
                    struct arena *arena, struct ext4_map **out, struct error *err) MUST_CHECK;
/* The same for bytes in memory, padded with zeros to whole blocks and without holes. */
int ext4_data_put(struct ext4_data *data, const void *bytes, size_t n, struct arena *arena,
                  struct ext4_map **out, struct error *err) MUST_CHECK;
/* Writes the content at map (NULL: none) once more. */
int ext4_data_copy(struct ext4_data *data, const struct ext4_map *map, struct arena *arena,
                   struct ext4_map **out, struct error *err) MUST_CHECK;
void ext4_data_free(struct ext4_data *data);

#endif
