/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_space.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"

enum {
    CANCEL_INTERVAL = 1 << 16, /* entries */
};

static void mark(struct vhdx_space *space, uint64_t at, uint64_t length, enum vhdx_owner owner)
{
    uint64_t from = at / VHDX_MIB;
    uint64_t n = length / VHDX_MIB;
    for (uint64_t i = from; i < space->n && i - from < n; i++)
        space->owners[i] = (uint8_t)owner;
}

int vhdx_space_init(struct vhdx_space *out, const struct vhdx_file *file, struct error *err)
{
    uint64_t length = file->medium->length;
    if (length > VHDX_FILE_MAX)
        return error_set(err, ERROR_LIMIT,
                         "%s is longer than 128 TiB, which is more than a disk of the largest size "
                         "can fill: lxvhdx convert makes a compact copy",
                         file->medium->path);
    *out = (struct vhdx_space){.n = length / VHDX_MIB + (length % VHDX_MIB != 0)};
    out->owners = calloc(out->n + 1, 1);
    if (!out->owners)
        return error_no_memory(err);
    mark(out, 0, VHDX_HEADER_SECTION, VHDX_OWNER_TABLES);
    mark(out, file->header.log_offset, file->header.log_length, VHDX_OWNER_TABLES);
    for (size_t i = 0; i < file->n_regions; i++)
        mark(out, file->regions[i].offset, file->regions[i].length, VHDX_OWNER_TABLES);
    return 0;
}

void vhdx_space_drop(struct vhdx_space *space)
{
    free(space->owners);
    *space = (struct vhdx_space){0};
}

/* Of n MiB from now on. */
static int lengthen(struct vhdx_space *space, uint64_t n, struct error *err)
{
    uint8_t *owners = realloc(space->owners, n + 1);
    if (!owners)
        return error_no_memory(err);
    memset(owners + space->n, VHDX_OWNER_NONE, n - space->n);
    space->owners = owners;
    space->n = n;
    return 0;
}

/* A place that was found to lie within the file, but for what the disk's end cuts off. */
static int claim(struct vhdx_space *space, struct vhdx_judge *judge, const char *what,
                 uint64_t number, uint64_t at, uint64_t length, struct error *err)
{
    uint64_t from = at / VHDX_MIB;
    uint64_t end = from + length / VHDX_MIB;
    enum vhdx_owner other = VHDX_OWNER_NONE;
    if (end > space->n && lengthen(space, end, err) < 0)
        return -1;
    for (uint64_t i = from; i < end; i++) {
        if (space->owners[i] != VHDX_OWNER_NONE)
            other = space->owners[i];
        else
            space->owners[i] = VHDX_OWNER_BLOCK;
    }
    if (other == VHDX_OWNER_TABLES)
        return vhdx_judge(judge, VHDX_RULE_BAT_INSIDE, err,
                          "%s %llu at byte %llu of the file lies inside a region", what,
                          (unsigned long long)number, (unsigned long long)at);
    if (other == VHDX_OWNER_BLOCK)
        return vhdx_judge(judge, VHDX_RULE_BAT_OVERLAP, err,
                          "%s %llu at byte %llu of the file lies where another block lies", what,
                          (unsigned long long)number, (unsigned long long)at);
    return 0;
}

static int bitmap_expect(struct vhdx_bat *bat, struct vhdx_judge *judge, uint64_t block,
                         struct error *err)
{
    uint64_t entry;
    uint64_t chunk = block / bat->file->layout.chunk_ratio;
    if (vhdx_bat_entry(bat, vhdx_layout_bitmap_index(&bat->file->layout, chunk), &entry, err) < 0)
        return -1;
    return entry != 0 ? 0
                      : vhdx_judge(judge, VHDX_RULE_BAT_NO_BITMAP, err,
                                   "block %llu is partly the parent's, and no sector bitmap says "
                                   "which part",
                                   (unsigned long long)block);
}

static int entry_claim(struct vhdx_space *space, struct vhdx_bat *bat, struct vhdx_judge *judge,
                       uint64_t index, struct error *err)
{
    const struct vhdx_layout *layout = &bat->file->layout;
    if (vhdx_layout_is_bitmap(layout, index)) {
        uint64_t chunk = index / (layout->chunk_ratio + 1);
        uint64_t at;
        if (vhdx_bat_bitmap(bat, judge, chunk, &at, err) < 0)
            return -1;
        return at == 0 ? 0 : claim(space, judge, "sector bitmap", chunk, at, VHDX_MIB, err);
    }
    uint64_t number = vhdx_layout_block(layout, index);
    struct vhdx_block block;
    if (vhdx_bat_block(bat, judge, number, &block, err) < 0 ||
        (block.source == VHDX_IN_BOTH && bitmap_expect(bat, judge, number, err) < 0))
        return -1;
    return block.at == 0 ? 0
                         : claim(space, judge, "block", number, block.at, layout->block_size, err);
}

int vhdx_space_claim_blocks(struct vhdx_space *space, struct vhdx_bat *bat,
                            struct vhdx_judge *judge, struct error *err)
{
    uint64_t n = vhdx_layout_entries_used(&bat->file->layout, bat->file->differencing);
    for (uint64_t index = 0; index < n; index++) {
        if ((index % CANCEL_INTERVAL == 0 && cancel_check(err) < 0) ||
            entry_claim(space, bat, judge, index, err) < 0)
            return -1;
    }
    return 0;
}

uint64_t vhdx_space_take(struct vhdx_space *space, uint64_t length)
{
    uint64_t wanted = length / VHDX_MIB;
    uint64_t run = 0;
    while (run < wanted && space->cursor < space->n)
        run = space->owners[space->cursor++] == VHDX_OWNER_NONE ? run + 1 : 0;
    if (run < wanted)
        return 0;
    uint64_t at = (space->cursor - wanted) * VHDX_MIB;
    mark(space, at, length, VHDX_OWNER_BLOCK);
    return at;
}

int vhdx_space_grow(struct vhdx_space *space, uint64_t at, uint64_t length, struct error *err)
{
    if (lengthen(space, (at + length) / VHDX_MIB, err) < 0)
        return -1;
    mark(space, at, length, VHDX_OWNER_BLOCK);
    return 0;
}

void vhdx_space_free(struct vhdx_space *space, uint64_t at, uint64_t length)
{
    mark(space, at, length, VHDX_OWNER_NONE);
    if (at / VHDX_MIB < space->cursor)
        space->cursor = at / VHDX_MIB;
}

uint64_t vhdx_space_end(const struct vhdx_space *space)
{
    uint64_t n = space->n;
    while (n > 0 && space->owners[n - 1] == VHDX_OWNER_NONE)
        n--;
    return n * VHDX_MIB;
}
