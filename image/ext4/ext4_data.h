/* SPDX-License-Identifier: GPL-3.0-or-later */
/* File content on its way to its final place, in the order of arrival. Blocks of zeros become
 * holes. */
#ifndef LXKIT_IMAGE_EXT4_DATA_H
#define LXKIT_IMAGE_EXT4_DATA_H

#include "core/error.h"
#include "image/arena.h"
#include "image/ext4/ext4_extents.h"
#include "image/ext4/ext4_format.h"
#include "image/source.h"

struct ext4_data {
    struct ext4_volume *volume;
    struct ext4_map_builder map;
    uint64_t at;    /* bytes of the file so far */
    size_t carried; /* of them in carry, the block that is not full yet */
    uint8_t carry[EXT4_BLOCK_BYTES];
};

/* Writes what content gives for the entry, and tells where in *out (in arena; NULL: no blocks). */
int ext4_data_write(struct ext4_data *data, const struct entry *entry, struct source *content,
                    struct arena *arena, struct ext4_map **out, struct error *err) MUST_CHECK;
/* The same for bytes in memory, padded with zeros to whole blocks and without holes. */
int ext4_data_put(struct ext4_data *data, const void *bytes, size_t n, struct arena *arena,
                  struct ext4_map **out, struct error *err) MUST_CHECK;
void ext4_data_free(struct ext4_data *data);

#endif
