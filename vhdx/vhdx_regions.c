/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The region table and its copy: where metadata and BAT lie (MS-VHDX 2.2.3). */
#include <stdlib.h>
#include <string.h>

#include "vhdx/vhdx_file.h"

enum {
    SEARCH_END = 1 << 30, /* how far into the file metadata is searched for */
    HEAD_BYTES = 4096,    /* of a table: room for more regions than any program writes */
    HEAD_ENTRIES =
        (HEAD_BYTES - sizeof(struct vhdx_region_table_disk)) / sizeof(struct vhdx_region_disk),
};

/* Nearly every table is a few entries and then zeros. Its checksum covers the zeros as well: where
 * the head followed by zeros fits it, the rest need not be read to know that these entries are what
 * was written. */
static int table_head_read(struct vhdx_file *file, uint64_t at, uint8_t *table, bool *whole,
                           struct error *err)
{
    uint32_t n;
    if (vhdx_medium_read(file->medium, table, HEAD_BYTES, at, err) < 0)
        return -1;
    memset(table + HEAD_BYTES, 0, VHDX_TABLE_BYTES - HEAD_BYTES);
    *whole = vhdx_region_table_get(&n, table) == VHDX_SEAL_GOOD && n <= HEAD_ENTRIES;
    return 0;
}

/* Reads one copy; false in *good where it cannot be used. */
static int table_read(struct vhdx_file *file, struct vhdx_judge *judge, int number, uint64_t at,
                      uint8_t *table, bool *good, struct error *err)
{
    uint32_t n;
    bool whole = false;
    *good = false;
    if (judge->purpose != VHDX_TO_CHECK && table_head_read(file, at, table, &whole, err) < 0)
        return -1;
    if (!whole && vhdx_medium_read(file->medium, table, VHDX_TABLE_BYTES, at, err) < 0)
        return -1;
    switch (vhdx_region_table_get(&n, table)) {
    case VHDX_SEAL_NO_SIGNATURE:
        return vhdx_judge(judge, VHDX_RULE_REGION_SIGNATURE, err,
                          "region table %d does not begin with \"regi\"", number);
    case VHDX_SEAL_BAD_CHECKSUM:
        return vhdx_judge(judge, VHDX_RULE_REGION_CHECKSUM, err,
                          "region table %d does not fit its checksum", number);
    case VHDX_SEAL_GOOD:
        break;
    }
    *good = true;
    return 0;
}

static bool placed_well(const struct vhdx_region *region)
{
    return region->offset >= VHDX_HEADER_SECTION && region->offset % VHDX_MIB == 0 &&
           region->length % VHDX_MIB == 0 && region->length > 0;
}

static bool past_end(const struct vhdx_region *region, uint64_t file_length)
{
    return region->offset > file_length || region->length > file_length - region->offset;
}

static int region_place(const struct vhdx_file *file, struct vhdx_judge *judge, size_t i,
                        struct error *err)
{
    const struct vhdx_region *region = &file->regions[i];
    if (!placed_well(region))
        return vhdx_judge(judge, VHDX_RULE_REGION_PLACE, err,
                          "region %zu of %lu bytes at byte %llu does not lie behind the headers at "
                          "multiples of 1 MiB",
                          i, (unsigned long)region->length, (unsigned long long)region->offset);
    if (past_end(region, file->medium->length))
        return vhdx_judge(judge, VHDX_RULE_REGION_PAST_END, err,
                          "region %zu of %lu bytes at byte %llu ends behind the file's end at byte "
                          "%llu",
                          i, (unsigned long)region->length, (unsigned long long)region->offset,
                          (unsigned long long)file->medium->length);
    return 0;
}

static bool overlap(uint64_t a, uint64_t a_length, uint64_t b, uint64_t b_length)
{
    return a < b ? b - a < a_length : a - b < b_length;
}

/* Against the log and every region before it. */
static int region_neighbours(const struct vhdx_file *file, struct vhdx_judge *judge, size_t i,
                             struct error *err)
{
    const struct vhdx_region *region = &file->regions[i];
    const struct vhdx_header *header = &file->header;
    if (overlap(region->offset, region->length, header->log_offset, header->log_length) &&
        vhdx_judge(judge, VHDX_RULE_REGION_OVERLAP, err, "region %zu and the log overlap", i) < 0)
        return -1;
    for (size_t k = 0; k < i; k++) {
        const struct vhdx_region *other = &file->regions[k];
        if (overlap(region->offset, region->length, other->offset, other->length) &&
            vhdx_judge(judge, VHDX_RULE_REGION_OVERLAP, err, "regions %zu and %zu overlap", k, i) <
                0)
            return -1;
        if (guid_equal(&region->id, &other->id) &&
            vhdx_judge(judge, VHDX_RULE_REGION_TWICE, err,
                       "regions %zu and %zu have the same identifier", k, i) < 0)
            return -1;
    }
    return 0;
}

static int region_take(struct vhdx_file *file, struct vhdx_judge *judge, size_t i,
                       struct error *err)
{
    const struct vhdx_region *region = &file->regions[i];
    bool is_bat = guid_equal(&region->id, &vhdx_region_bat);
    bool is_metadata = guid_equal(&region->id, &vhdx_region_metadata);
    if (!is_bat && !is_metadata) {
        char id[GUID_TEXT_BYTES];
        guid_format(&region->id, id);
        if (region->required == 0)
            return 0;
        return vhdx_judge(
            judge, VHDX_RULE_REGION_UNKNOWN, err,
            "region %zu (%s) is required and not known to this version; open the disk "
            "with the program that made it",
            i, id);
    }
    if ((region->required & 1) == 0 &&
        vhdx_judge(judge, VHDX_RULE_REGION_OPTIONAL, err, "the %s region is not marked as required",
                   is_bat ? "BAT" : "metadata") < 0)
        return -1;
    if (!placed_well(region) || past_end(region, file->medium->length))
        return 0; /* found wanting above: it counts as missing */
    if (is_bat)
        file->bat = *region;
    else
        file->metadata = *region;
    return 0;
}

static int regions_examine(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    for (size_t i = 0; i < file->n_regions; i++) {
        if (region_place(file, judge, i, err) < 0 || region_neighbours(file, judge, i, err) < 0 ||
            region_take(file, judge, i, err) < 0)
            return -1;
    }
    if (file->bat.length == 0 &&
        vhdx_judge(judge, VHDX_RULE_REGION_MISSING, err, "there is no BAT region") < 0)
        return -1;
    if (file->metadata.length == 0)
        return vhdx_judge(judge, VHDX_RULE_REGION_MISSING, err, "there is no metadata region");
    return 0;
}

/* Without a region table the metadata can still be known by its signature; the BAT has none. */
static int metadata_search(struct vhdx_file *file, struct error *err)
{
    uint64_t length = file->medium->length;
    for (uint64_t at = VHDX_HEADER_SECTION; at + VHDX_MIB <= length && at < SEARCH_END;
         at += VHDX_MIB) {
        uint8_t signature[8];
        if (vhdx_medium_read(file->medium, signature, sizeof(signature), at, err) < 0)
            return -1;
        if (memcmp(signature, "metadata", sizeof(signature)) == 0) {
            file->metadata = (struct vhdx_region){vhdx_region_metadata, at, VHDX_MIB, 1};
            return 0;
        }
    }
    return 0;
}

int vhdx_file_regions(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    uint8_t *tables AUTO_FREE = malloc(2 * (size_t)VHDX_TABLE_BYTES);
    if (!tables)
        return error_no_memory(err);
    uint8_t *second = tables + VHDX_TABLE_BYTES;
    bool good[2] = {false, false};
    if (table_read(file, judge, 1, VHDX_REGION_TABLE_1, tables, &good[0], err) < 0)
        return -1;
    /* Only a check wants to know whether the copy is one. */
    bool both = !good[0] || judge->purpose == VHDX_TO_CHECK;
    if (both && table_read(file, judge, 2, VHDX_REGION_TABLE_2, second, &good[1], err) < 0)
        return -1;
    if (!good[0] && !good[1]) {
        if (vhdx_judge(judge, VHDX_RULE_REGION_NONE, err, "neither region table is valid") < 0)
            return -1;
        return metadata_search(file, err);
    }
    bool equal = !both || memcmp(tables, second, VHDX_TABLE_BYTES) == 0;
    if (!equal)
        file->stale_table = good[0] ? 2 : 1;
    if (good[0] && good[1] && !equal &&
        vhdx_judge(judge, VHDX_RULE_REGION_COPIES, err, "the two region tables differ") < 0)
        return -1;

    const uint8_t *table = good[0] ? tables : second;
    uint32_t n;
    vhdx_region_table_get(&n, table);
    if (n > VHDX_TABLE_ENTRIES_MAX)
        return vhdx_judge(judge, VHDX_RULE_REGION_COUNT, err,
                          "the region table has %lu entries; %d is the most", (unsigned long)n,
                          VHDX_TABLE_ENTRIES_MAX);
    file->regions = calloc(n + 1, sizeof(*file->regions));
    if (!file->regions)
        return error_no_memory(err);
    file->n_regions = n;
    for (uint32_t i = 0; i < n; i++)
        vhdx_region_get(&file->regions[i], table, i);
    return regions_examine(file, judge, err);
}
