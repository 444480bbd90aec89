/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_bat.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
    ENTRY_BYTES = sizeof(struct le64),
    ENTRIES_PER_CHANGE = VHDX_PAGE_BYTES / ENTRY_BYTES,
};

int vhdx_bat_init(struct vhdx_bat *out, const struct vhdx_file *file, struct vhdx_pages *changes,
                  struct error *err)
{
    *out = (struct vhdx_bat){
        .file = file,
        .changes = changes,
        .pages = calloc(VHDX_BAT_PAGES, sizeof(*out->pages)),
    };
    return out->pages ? 0 : error_no_memory(err);
}

void vhdx_bat_drop(struct vhdx_bat *bat)
{
    free(bat->pages);
    bat->pages = NULL;
}

static int page_read(const struct vhdx_bat *bat, struct vhdx_bat_page *page, uint64_t number,
                     struct error *err)
{
    const struct vhdx_file *file = bat->file;
    uint64_t off = number * sizeof(page->entries);
    size_t n = sizeof(page->entries);
    if (n > file->bat.length - off)
        n = (size_t)(file->bat.length - off);
    page->number = 0;
    if (vhdx_medium_read(file->medium, page->entries, n, file->bat.offset + off, err) < 0)
        return -1;
    if (bat->changes)
        vhdx_pages_lay_over(bat->changes, page->entries, n, file->bat.offset + off);
    page->number = number + 1;
    return 0;
}

/* The page that holds an entry, in memory. */
static int page_get(struct vhdx_bat *bat, uint64_t index, struct vhdx_bat_page **out,
                    struct error *err)
{
    uint64_t number = index / VHDX_BAT_PAGE_ENTRIES;
    *out = &bat->pages[number % VHDX_BAT_PAGES];
    return (*out)->number == number + 1 ? 0 : page_read(bat, *out, number, err);
}

int vhdx_bat_entry(struct vhdx_bat *bat, uint64_t index, uint64_t *out, struct error *err)
{
    struct vhdx_bat_page *page;
    if (page_get(bat, index, &page, err) < 0)
        return -1;
    *out = le64_get(page->entries[index % VHDX_BAT_PAGE_ENTRIES]);
    return 0;
}

int vhdx_bat_set(struct vhdx_bat *bat, uint64_t index, uint64_t entry, struct error *err)
{
    struct vhdx_bat_page *page;
    struct le64 disk = le64_put(entry);
    if (page_get(bat, index, &page, err) < 0)
        return -1;
    uint64_t within = index % VHDX_BAT_PAGE_ENTRIES;
    uint64_t offset =
        bat->file->bat.offset + index / ENTRIES_PER_CHANGE * (uint64_t)VHDX_PAGE_BYTES;
    struct vhdx_page *change = vhdx_pages_find(bat->changes, offset);
    if (!change)
        change = vhdx_pages_add(bat->changes, offset,
                                &page->entries[within - within % ENTRIES_PER_CHANGE]);
    page->entries[within] = disk;
    memcpy(change->bytes + index % ENTRIES_PER_CHANGE * ENTRY_BYTES, &disk, ENTRY_BYTES);
    return 0;
}

static bool overlaps(uint64_t at, uint64_t length, uint64_t other, uint64_t other_length)
{
    return at < other + other_length && other < at + length;
}

/* What lies at a place of the file, as far as it counts. */
struct place {
    const char *what; /* "block" */
    uint64_t number;
    uint64_t at;
    uint64_t length;
};

static int place_judge(const struct vhdx_file *file, struct vhdx_judge *judge,
                       const struct place *place, bool *good, struct error *err)
{
    uint64_t at = place->at;
    uint64_t length = place->length;
    uint64_t end = file->medium->length;
    *good = false;
    if (at < VHDX_HEADER_SECTION ||
        overlaps(at, length, file->header.log_offset, file->header.log_length) ||
        overlaps(at, length, file->bat.offset, file->bat.length) ||
        overlaps(at, length, file->metadata.offset, file->metadata.length))
        return vhdx_judge(judge, VHDX_RULE_BAT_INSIDE, err,
                          "%s %llu at byte %llu of the file lies inside the tables", place->what,
                          (unsigned long long)place->number, (unsigned long long)at);
    if (at > end || length > end - at)
        return vhdx_judge(judge, VHDX_RULE_BAT_PAST_END, err,
                          "%s %llu at byte %llu lies behind the file's end at byte %llu: the file "
                          "was cut off",
                          place->what, (unsigned long long)place->number, (unsigned long long)at,
                          (unsigned long long)end);
    *good = true;
    return 0;
}

/* Old versions of QEMU let the file end inside the disk's last block. That must not be, but nothing
 * is lost as long as the disk ends first. */
static uint64_t length_needed(const struct vhdx_file *file, const struct vhdx_judge *judge,
                              uint64_t block)
{
    uint64_t length = file->layout.block_size;
    uint64_t rest = file->layout.virtual_size - block * length;
    return judge->purpose != VHDX_TO_CHECK && rest < length ? rest : length;
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

static enum vhdx_source source_of(const struct vhdx_file *file, unsigned state)
{
    switch (state) {
    case VHDX_FULLY_PRESENT:
        return VHDX_IN_FILE;
    case VHDX_PARTIALLY_PRESENT:
        return VHDX_IN_BOTH;
    case VHDX_NOT_PRESENT:
        return file->differencing ? VHDX_IN_PARENT : VHDX_IN_NOTHING;
    default:
        return VHDX_IN_NOTHING;
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
    out->state = state;
    if (!state_legal(file, state))
        return vhdx_judge(judge, VHDX_RULE_BAT_STATE, err,
                          "block %llu has the state %u, which a disk of this kind must not have",
                          (unsigned long long)block, state);
    enum vhdx_source source = source_of(file, state);
    bool content = source == VHDX_IN_FILE || source == VHDX_IN_BOTH;
    if (!content)
        out->source = source;
    if (!content && at == 0)
        return 0;
    if (state == VHDX_NOT_PRESENT || state == VHDX_ZERO)
        return vhdx_judge(judge, VHDX_RULE_BAT_OFFSET, err,
                          "block %llu has no content, but an offset, which Hyper-V refuses",
                          (unsigned long long)block);
    /* The offset of an undefined or unmapped block is where old content lies. */
    if (!content && judge->purpose != VHDX_TO_CHECK && judge->purpose != VHDX_TO_WRITE)
        return 0;
    struct place place = {"block", block, at, length_needed(file, judge, block)};
    bool good;
    if (place_judge(file, judge, &place, &good, err) < 0)
        return -1;
    if (good) {
        out->source = source;
        out->at = at;
    }
    return 0;
}

int vhdx_bat_bitmap(struct vhdx_bat *bat, struct vhdx_judge *judge, uint64_t chunk, uint64_t *at,
                    struct error *err)
{
    const struct vhdx_file *file = bat->file;
    uint64_t index = vhdx_layout_bitmap_index(&file->layout, chunk);
    uint64_t entry;
    *at = 0;
    if (vhdx_bat_entry(bat, index, &entry, err) < 0)
        return -1;
    if (!file->differencing && entry != 0)
        return vhdx_judge(judge, VHDX_RULE_BAT_BITMAP, err,
                          "entry %llu, of a sector bitmap, is not empty, and this is no "
                          "differencing disk",
                          (unsigned long long)index);
    if (entry == 0)
        return 0;
    if ((entry & ~VHDX_ENTRY_OFFSET) != VHDX_FULLY_PRESENT)
        return vhdx_judge(judge, VHDX_RULE_BAT_STATE, err,
                          "entry %llu, of a sector bitmap, is 0x%016" PRIx64 ", which none may be",
                          (unsigned long long)index, entry);
    struct place place = {"sector bitmap", chunk, entry & VHDX_ENTRY_OFFSET, VHDX_MIB};
    bool good;
    if (place_judge(file, judge, &place, &good, err) < 0)
        return -1;
    if (good)
        *at = place.at;
    return 0;
}
