/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_bat.h"

#include <inttypes.h>
#include <stdlib.h>

#include "vhdx/vhdx_io.h"

int vhdx_bat_init(struct vhdx_bat *out, const struct vhdx_file *file, struct error *err)
{
    *out = (struct vhdx_bat){
        .file = file,
        .pages = calloc(VHDX_BAT_PAGES, sizeof(*out->pages)),
    };
    return out->pages ? 0 : error_no_memory(err);
}

void vhdx_bat_drop(struct vhdx_bat *bat)
{
    free(bat->pages);
    bat->pages = NULL;
}

static int page_read(const struct vhdx_file *file, struct vhdx_bat_page *page, uint64_t number,
                     struct error *err)
{
    uint64_t off = number * sizeof(page->entries);
    size_t n = sizeof(page->entries);
    if (n > file->bat.length - off)
        n = (size_t)(file->bat.length - off);
    page->number = 0;
    if (vhdx_io_read(file->fd, file->path, page->entries, n, file->bat.offset + off, err) < 0)
        return -1;
    page->number = number + 1;
    return 0;
}

int vhdx_bat_entry(struct vhdx_bat *bat, uint64_t index, uint64_t *out, struct error *err)
{
    uint64_t number = index / VHDX_BAT_PAGE_ENTRIES;
    struct vhdx_bat_page *page = &bat->pages[number % VHDX_BAT_PAGES];
    if (page->number != number + 1 && page_read(bat->file, page, number, err) < 0)
        return -1;
    *out = le64_get(page->entries[index % VHDX_BAT_PAGE_ENTRIES]);
    return 0;
}

static bool overlaps(uint64_t at, uint64_t length, uint64_t other, uint64_t other_length)
{
    return at < other + other_length && other < at + length;
}

/* Whether the block's space is its own and within the file. */
static int place_judge(const struct vhdx_file *file, struct vhdx_judge *judge, uint64_t block,
                       uint64_t at, bool *good, struct error *err)
{
    uint64_t length = file->layout.block_size;
    unsigned long long number = block;
    unsigned long long where = at;
    *good = false;
    if (at < VHDX_HEADER_SECTION ||
        overlaps(at, length, file->header.log_offset, file->header.log_length) ||
        overlaps(at, length, file->bat.offset, file->bat.length) ||
        overlaps(at, length, file->metadata.offset, file->metadata.length))
        return vhdx_judge(judge, VHDX_RULE_BAT_INSIDE, err,
                          "block %llu at byte %llu of the file lies inside the tables", number,
                          where);
    /* Old versions of QEMU let the file end inside the disk's last block. That must not be, but
     * nothing is lost as long as the disk ends first. */
    uint64_t rest = file->layout.virtual_size - block * length;
    if (judge->purpose != VHDX_TO_CHECK && rest < length)
        length = rest;
    if (at > file->length || length > file->length - at)
        return vhdx_judge(judge, VHDX_RULE_BAT_PAST_END, err,
                          "block %llu at byte %llu lies behind the file's end at byte %llu: the "
                          "file was cut off",
                          number, where, (unsigned long long)file->length);
    *good = true;
    return 0;
}

static bool state_legal(const struct vhdx_file *file, unsigned state)
{
    switch (state) {
    case VHDX_NOT_PRESENT:
    case VHDX_UNDEFINED:
    case VHDX_ZERO:
    case VHDX_UNMAPPED:
    case VHDX_FULLY_PRESENT:
        return true;
    case VHDX_PARTIALLY_PRESENT:
        return file->differencing;
    default: /* 4 and 5 are reserved */
        return false;
    }
}

int vhdx_bat_block(struct vhdx_bat *bat, struct vhdx_judge *judge, uint64_t block,
                   struct vhdx_block *out, struct error *err)
{
    const struct vhdx_file *file = bat->file;
    uint64_t entry;
    *out = (struct vhdx_block){0};
    if (vhdx_bat_entry(bat, vhdx_layout_index(&file->layout, block), &entry, err) < 0)
        return -1;
    if ((entry & VHDX_ENTRY_RESERVED) != 0 &&
        vhdx_judge(judge, VHDX_RULE_BAT_RESERVED, err,
                   "the entry of block %llu has reserved bits: 0x%016" PRIx64,
                   (unsigned long long)block, entry) < 0)
        return -1;
    unsigned state = (unsigned)(entry & VHDX_ENTRY_STATE);
    uint64_t at = entry & VHDX_ENTRY_OFFSET;
    bool content = state == VHDX_FULLY_PRESENT || state == VHDX_PARTIALLY_PRESENT;
    if (!state_legal(file, state))
        return vhdx_judge(judge, VHDX_RULE_BAT_STATE, err,
                          "block %llu has the state %u, which a disk of this kind must not have",
                          (unsigned long long)block, state);
    if (!content && at == 0)
        return 0;
    if (state == VHDX_NOT_PRESENT || state == VHDX_ZERO)
        return vhdx_judge(judge, VHDX_RULE_BAT_OFFSET, err,
                          "block %llu has no content, but an offset, which Hyper-V refuses",
                          (unsigned long long)block);
    /* The offset of an undefined or unmapped block is where old content lies. */
    if (!content && judge->purpose != VHDX_TO_CHECK)
        return 0;
    bool good;
    if (place_judge(file, judge, block, at, &good, err) < 0)
        return -1;
    if (good)
        *out = (struct vhdx_block){.at = at, .content = content};
    return 0;
}
