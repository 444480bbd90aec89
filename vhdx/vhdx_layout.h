/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How a disk of some size is cut into blocks, and where each block's entry stands in the BAT.
 *
 * After every chunk_ratio payload entries stands one entry for a sector bitmap, which only
 * differencing disks use (MS-VHDX 2.5):  P P P ... P B P P P ... P B P P */
#ifndef LXKIT_VHDX_VHDX_LAYOUT_H
#define LXKIT_VHDX_VHDX_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/disk.h"
#include "core/error.h"

struct vhdx_layout {
    uint64_t virtual_size;
    uint32_t block_size;
    uint64_t n_blocks;
    uint64_t chunk_ratio;
};

void vhdx_layout_set(struct vhdx_layout *out, uint64_t virtual_size, uint32_t block_size,
                     uint32_t logical_sector);
/* The layout of a new disk; chooses the block size where geometry leaves it open. Refuses with
 * USAGE what a VHDX of ours cannot have. */
int vhdx_layout_plan(struct vhdx_layout *out, const struct disk_geometry *geometry,
                     struct error *err) MUST_CHECK;

/* Entries up to the last block's: all that a reader of a dynamic disk needs. */
uint64_t vhdx_layout_entries_read(const struct vhdx_layout *layout);
/* The same, where differencing disks need the last chunk's bitmap too. */
uint64_t vhdx_layout_entries_used(const struct vhdx_layout *layout, bool differencing);
/* Entries to write: the newer editions of MS-VHDX end the table with a bitmap entry. */
uint64_t vhdx_layout_entries_written(const struct vhdx_layout *layout);

static inline uint64_t vhdx_layout_index(const struct vhdx_layout *layout, uint64_t block)
{
    return block + block / layout->chunk_ratio;
}

static inline bool vhdx_layout_is_bitmap(const struct vhdx_layout *layout, uint64_t index)
{
    return index % (layout->chunk_ratio + 1) == layout->chunk_ratio;
}

/* The entry of a chunk's sector bitmap. */
static inline uint64_t vhdx_layout_bitmap_index(const struct vhdx_layout *layout, uint64_t chunk)
{
    return chunk * (layout->chunk_ratio + 1) + layout->chunk_ratio;
}

/* The block of a payload entry. */
static inline uint64_t vhdx_layout_block(const struct vhdx_layout *layout, uint64_t index)
{
    return index - index / (layout->chunk_ratio + 1);
}

#endif
