/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_layout.h"

#include "core/le.h"
#include "core/size.h"
#include "vhdx/vhdx.h"

enum {
    LOGICAL_SECTOR = 512,  /* of the disks that we make */
    BITMAP_BITS = 1 << 23, /* sectors in a sector bitmap of 1 MiB */
};

static uint64_t divide_up(uint64_t n, uint64_t unit)
{
    return n / unit + (n % unit != 0);
}

void vhdx_layout_set(struct vhdx_layout *out, uint64_t virtual_size, uint32_t block_size,
                     uint32_t logical_sector)
{
    *out = (struct vhdx_layout){
        .virtual_size = virtual_size,
        .block_size = block_size,
        .n_blocks = divide_up(virtual_size, block_size),
        .chunk_ratio = (uint64_t)BITMAP_BITS * logical_sector / block_size,
    };
}

uint64_t vhdx_layout_entries_read(const struct vhdx_layout *layout)
{
    return vhdx_layout_index(layout, layout->n_blocks - 1) + 1;
}

uint64_t vhdx_layout_entries_used(const struct vhdx_layout *layout, bool differencing)
{
    uint64_t chunks = divide_up(layout->n_blocks, layout->chunk_ratio);
    return differencing ? chunks * (layout->chunk_ratio + 1) : vhdx_layout_entries_read(layout);
}

uint64_t vhdx_layout_entries_written(const struct vhdx_layout *layout)
{
    return layout->n_blocks + divide_up(layout->n_blocks, layout->chunk_ratio);
}

static int size_check(uint64_t size, struct error *err)
{
    if (size < VHDX_SIZE_MIN || size > VHDX_SIZE_MAX)
        return error_set(err, ERROR_USAGE,
                         "a VHDX of %llu bytes cannot be made; choose a size from 3 MiB to 64 TiB",
                         (unsigned long long)size);
    if (size % VHDX_SIZE_UNIT != 0) {
        uint64_t near = (size + VHDX_SIZE_UNIT / 2) / VHDX_SIZE_UNIT * VHDX_SIZE_UNIT;
        return error_set(err, ERROR_USAGE,
                         "the size of a VHDX must be a multiple of 1 MiB, and %llu bytes is not; "
                         "the nearest is %llu bytes (%lluM)",
                         (unsigned long long)size, (unsigned long long)near,
                         (unsigned long long)(near / VHDX_SIZE_UNIT));
    }
    return 0;
}

int vhdx_block_size_check(uint64_t bytes, struct error *err)
{
    if (bytes >= VHDX_BLOCK_MIN && bytes <= VHDX_BLOCK_MAX && (bytes & (bytes - 1)) == 0)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "a VHDX cannot have blocks of %llu bytes; choose a power of two from 1 MiB to "
                     "256 MiB",
                     (unsigned long long)bytes);
}

int vhdx_layout_plan(struct vhdx_layout *out, const struct disk_geometry *geometry,
                     struct error *err)
{
    if (size_check(geometry->size, err) < 0)
        return -1;
    uint32_t block = geometry->block_size;
    if (block != 0) {
        if (vhdx_block_size_check(block, err) < 0)
            return -1;
        vhdx_layout_set(out, geometry->size, block, LOGICAL_SECTOR);
        return 0;
    }
    for (block = VHDX_BLOCK_MIN;; block *= 2) {
        vhdx_layout_set(out, geometry->size, block, LOGICAL_SECTOR);
        if (vhdx_layout_entries_written(out) * sizeof(struct le64) <= VHDX_BAT_FITTED)
            return 0;
    }
}
