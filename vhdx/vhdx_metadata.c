/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metadata region: size, blocks and sectors of the disk (MS-VHDX 2.6). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "vhdx/vhdx_file.h"
#include "vhdx/vhdx_locator.h"

enum item_name {
    PARAMETERS,
    VIRTUAL_SIZE,
    DISK_ID,
    LOGICAL_SECTOR,
    PHYSICAL_SECTOR,
    PARENT_LOCATOR,
    N_KNOWN,
};

static const struct {
    const struct guid *id;
    const char *words;
    uint32_t length; /* 0: any */
    uint32_t flags;
} known[N_KNOWN] = {
    [PARAMETERS] = {&vhdx_item_parameters, "file parameters", 8, VHDX_ITEM_REQUIRED},
    [VIRTUAL_SIZE] = {&vhdx_item_virtual_size, "virtual disk size", 8,
                      VHDX_ITEM_REQUIRED | VHDX_ITEM_VIRTUAL_DISK},
    [DISK_ID] = {&vhdx_item_disk_id, "virtual disk identifier", 16,
                 VHDX_ITEM_REQUIRED | VHDX_ITEM_VIRTUAL_DISK},
    [LOGICAL_SECTOR] = {&vhdx_item_logical_sector, "logical sector size", 4,
                        VHDX_ITEM_REQUIRED | VHDX_ITEM_VIRTUAL_DISK},
    [PHYSICAL_SECTOR] = {&vhdx_item_physical_sector, "physical sector size", 4,
                         VHDX_ITEM_REQUIRED | VHDX_ITEM_VIRTUAL_DISK},
    [PARENT_LOCATOR] = {&vhdx_item_parent_locator, "parent locator", 0, VHDX_ITEM_REQUIRED},
};

/* What the walk over the table found. */
struct metadata {
    struct vhdx_item items[VHDX_TABLE_ENTRIES_MAX];
    size_t n_items;
    const struct vhdx_item *by_name[N_KNOWN]; /* NULL: not there, or of no use */
};

static int item_place(const struct vhdx_file *file, struct vhdx_judge *judge,
                      const struct metadata *metadata, size_t i, struct error *err)
{
    const struct vhdx_item *item = &metadata->items[i];
    if (item->length == 0 && item->offset == 0)
        return 0;
    if (item->length == 0 || item->length > VHDX_ITEM_BYTES_MAX ||
        item->offset < VHDX_TABLE_BYTES || item->offset > file->metadata.length ||
        item->length > file->metadata.length - item->offset)
        return vhdx_judge(judge, VHDX_RULE_METADATA_PLACE, err,
                          "metadata item %zu of %lu bytes at byte %lu does not lie within its "
                          "region",
                          i, (unsigned long)item->length, (unsigned long)item->offset);
    for (size_t k = 0; k < i; k++) {
        const struct vhdx_item *other = &metadata->items[k];
        bool apart = (uint64_t)item->offset + item->length <= other->offset ||
                     (uint64_t)other->offset + other->length <= item->offset;
        if (!apart && vhdx_judge(judge, VHDX_RULE_METADATA_OVERLAP, err,
                                 "metadata items %zu and %zu overlap", k, i) < 0)
            return -1;
    }
    return 0;
}

static int item_unknown(struct vhdx_judge *judge, const struct vhdx_item *item, size_t i,
                        struct error *err)
{
    char id[GUID_TEXT_BYTES];
    guid_format(&item->id, id);
    if (!(item->flags & VHDX_ITEM_REQUIRED))
        return 0;
    return vhdx_judge(judge, VHDX_RULE_METADATA_UNKNOWN, err,
                      "metadata item %zu (%s) is required and not known to this version; open the "
                      "disk with the program that made it",
                      i, id);
}

static int item_take(const struct vhdx_file *file, struct vhdx_judge *judge,
                     struct metadata *metadata, size_t i, struct error *err)
{
    const struct vhdx_item *item = &metadata->items[i];
    size_t name = 0;
    /* The same GUID with the user's flag is the user's own item. */
    while (name < N_KNOWN &&
           ((item->flags & VHDX_ITEM_USER) != 0 || !guid_equal(&item->id, known[name].id)))
        name++;
    if (name == N_KNOWN)
        return item_unknown(judge, item, i, err);
    const char *words = known[name].words;
    if (metadata->by_name[name])
        return vhdx_judge(judge, VHDX_RULE_METADATA_TWICE, err, "the %s is there twice", words);
    if (item->flags != known[name].flags &&
        vhdx_judge(judge, VHDX_RULE_METADATA_FLAGS, err,
                   "the %s has the flags 0x%" PRIx32 "; 0x%" PRIx32 " is right", words, item->flags,
                   known[name].flags) < 0)
        return -1;
    if (known[name].length != 0 && item->length != known[name].length)
        return vhdx_judge(judge, VHDX_RULE_METADATA_PLACE, err,
                          "the %s has %lu bytes; %lu is right", words, (unsigned long)item->length,
                          (unsigned long)known[name].length);
    if (item->offset < VHDX_TABLE_BYTES || item->offset > file->metadata.length ||
        item->length > file->metadata.length - item->offset)
        return 0; /* found wanting above: it counts as missing */
    metadata->by_name[name] = item;
    return 0;
}

static int table_walk(const struct vhdx_file *file, struct vhdx_judge *judge,
                      struct metadata *metadata, uint8_t *table, struct error *err)
{
    const size_t head = sizeof(struct vhdx_metadata_table_disk);
    uint64_t at = file->metadata.offset;
    uint16_t n;
    if (vhdx_medium_read(file->medium, table, head, at, err) < 0)
        return -1;
    if (!vhdx_metadata_table_get(&n, table))
        return vhdx_judge(judge, VHDX_RULE_METADATA_SIGNATURE, err,
                          "the metadata region does not begin with \"metadata\"");
    if (n > VHDX_TABLE_ENTRIES_MAX)
        return vhdx_judge(judge, VHDX_RULE_METADATA_COUNT, err,
                          "the metadata table has %u entries; %d is the most", n,
                          VHDX_TABLE_ENTRIES_MAX);
    if (vhdx_medium_read(file->medium, table + head, n * sizeof(struct vhdx_item_disk), at + head,
                         err) < 0)
        return -1;
    metadata->n_items = n;
    for (size_t i = 0; i < n; i++) {
        vhdx_item_get(&metadata->items[i], table, i);
        if (item_place(file, judge, metadata, i, err) < 0 ||
            item_take(file, judge, metadata, i, err) < 0)
            return -1;
    }
    for (size_t name = 0; name < PARENT_LOCATOR; name++) {
        if (!metadata->by_name[name] && vhdx_judge(judge, VHDX_RULE_METADATA_MISSING, err,
                                                   "there is no usable %s", known[name].words) < 0)
            return -1;
    }
    return 0;
}

static int value_read(const struct vhdx_file *file, const struct metadata *metadata,
                      enum item_name name, void *buf, size_t n, struct error *err)
{
    return vhdx_medium_read(file->medium, buf, n,
                            file->metadata.offset + metadata->by_name[name]->offset, err);
}

static int locator_read(struct vhdx_file *file, struct vhdx_judge *judge,
                        const struct metadata *metadata, struct error *err)
{
    const struct vhdx_item *item = metadata->by_name[PARENT_LOCATOR];
    if (!item)
        return vhdx_judge(judge, VHDX_RULE_PARENT_UNKNOWN, err,
                          "a differencing disk without a parent locator");
    uint8_t *bytes AUTO_FREE = malloc(item->length);
    if (!bytes)
        return error_no_memory(err);
    if (value_read(file, metadata, PARENT_LOCATOR, bytes, item->length, err) < 0)
        return -1;
    return vhdx_locator_get(&file->locator, bytes, item->length, judge, err);
}

static int parent_get(struct vhdx_file *file, struct vhdx_judge *judge,
                      const struct metadata *metadata, struct error *err)
{
    if (!file->differencing)
        return metadata->by_name[PARENT_LOCATOR]
                   ? vhdx_judge(judge, VHDX_RULE_PARENT_LOCATOR, err,
                                "a parent locator in a disk that has no parent")
                   : 0;
    if (vhdx_judge(judge, VHDX_RULE_DIFFERENCING, err,
                   "this is a differencing disk, which neither QEMU nor WSL reads; lxvhdx convert "
                   "merges it with its parent") < 0)
        return -1;
    return locator_read(file, judge, metadata, err);
}

/* False in *usable where the value makes every further step meaningless. */
static int parameters_get(struct vhdx_file *file, struct vhdx_judge *judge,
                          const struct metadata *metadata, uint32_t *block_size, bool *usable,
                          struct error *err)
{
    struct {
        struct le32 block_size;
        struct le32 flags;
    } disk;
    if (value_read(file, metadata, PARAMETERS, &disk, sizeof(disk), err) < 0)
        return -1;
    uint32_t flags = le32_get(disk.flags);
    *block_size = le32_get(disk.block_size);
    file->fixed = flags & VHDX_LEAVE_BLOCKS_ALLOCATED;
    file->differencing = flags & VHDX_HAS_PARENT;
    if ((flags & ~(uint32_t)(VHDX_LEAVE_BLOCKS_ALLOCATED | VHDX_HAS_PARENT)) != 0 &&
        vhdx_judge(judge, VHDX_RULE_PARAMETERS_RESERVED, err,
                   "the file parameters have unknown flags: 0x%" PRIx32, flags) < 0)
        return -1;
    if (parent_get(file, judge, metadata, err) < 0)
        return -1;
    if (*block_size >= VHDX_BLOCK_MIN && *block_size <= VHDX_BLOCK_MAX &&
        (*block_size & (*block_size - 1)) == 0)
        return 0;
    *usable = false;
    return vhdx_judge(judge, VHDX_RULE_BLOCK_SIZE, err,
                      "the block size is %lu bytes; it must be a power of two from 1 MiB to "
                      "256 MiB",
                      (unsigned long)*block_size);
}

static int sector_get(struct vhdx_file *file, struct vhdx_judge *judge,
                      const struct metadata *metadata, enum item_name name, uint32_t *out,
                      bool *usable, struct error *err)
{
    struct le32 disk;
    if (value_read(file, metadata, name, &disk, sizeof(disk), err) < 0)
        return -1;
    *out = le32_get(disk);
    if (*out == 4096 && name == LOGICAL_SECTOR)
        return vhdx_judge(judge, VHDX_RULE_SECTOR_4096, err,
                          "logical sectors of 4096 bytes are legal, but QEMU and cloud-hypervisor "
                          "refuse them");
    if (*out == 512 || *out == 4096)
        return 0;
    *usable = false;
    return vhdx_judge(judge, VHDX_RULE_SECTOR_SIZE, err,
                      "the %s is %lu bytes; it must be 512 or 4096", known[name].words,
                      (unsigned long)*out);
}

static int virtual_size_get(struct vhdx_file *file, struct vhdx_judge *judge,
                            const struct metadata *metadata, uint64_t *out, bool *usable,
                            struct error *err)
{
    struct le64 disk;
    if (value_read(file, metadata, VIRTUAL_SIZE, &disk, sizeof(disk), err) < 0)
        return -1;
    *out = le64_get(disk);
    uint32_t sector = file->logical_sector;
    if (*out == 0 || *out > VHDX_SIZE_MAX || (*usable && *out % sector != 0)) {
        *usable = false;
        return vhdx_judge(judge, VHDX_RULE_VIRTUAL_SIZE, err,
                          "the virtual size is %llu bytes; it must be whole sectors and at most "
                          "64 TiB",
                          (unsigned long long)*out);
    }
    if (*out % 4096 != 0)
        return vhdx_judge(judge, VHDX_RULE_VIRTUAL_SIZE_ODD, err,
                          "the virtual size is %llu bytes; some readers want a multiple of 4096",
                          (unsigned long long)*out);
    return 0;
}

static int values_get(struct vhdx_file *file, struct vhdx_judge *judge,
                      const struct metadata *metadata, struct error *err)
{
    bool usable = true;
    uint32_t block_size = 0;
    uint64_t virtual_size = 0;
    for (size_t name = 0; name < PARENT_LOCATOR; name++) {
        if (!metadata->by_name[name])
            return 0;
    }
    if (parameters_get(file, judge, metadata, &block_size, &usable, err) < 0 ||
        sector_get(file, judge, metadata, LOGICAL_SECTOR, &file->logical_sector, &usable, err) <
            0 ||
        sector_get(file, judge, metadata, PHYSICAL_SECTOR, &file->physical_sector, &usable, err) <
            0 ||
        virtual_size_get(file, judge, metadata, &virtual_size, &usable, err) < 0 ||
        value_read(file, metadata, DISK_ID, &file->disk_id, sizeof(file->disk_id), err) < 0)
        return -1;
    file->disk_id_at = file->metadata.offset + metadata->by_name[DISK_ID]->offset;
    if (!usable)
        return 0;
    vhdx_layout_set(&file->layout, virtual_size, block_size, file->logical_sector);
    file->sized = true;
    if (file->bat.length == 0)
        return 0;
    uint64_t needed =
        vhdx_layout_entries_used(&file->layout, file->differencing) * sizeof(struct le64);
    if (file->bat.length < needed)
        return vhdx_judge(judge, VHDX_RULE_BAT_SMALL, err,
                          "the BAT region has %lu bytes; a disk of this size needs %llu",
                          (unsigned long)file->bat.length, (unsigned long long)needed);
    file->complete = file->has_header;
    return 0;
}

int vhdx_file_metadata(struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    if (file->metadata.length == 0)
        return 0;
    uint8_t *table AUTO_FREE = malloc(VHDX_TABLE_BYTES);
    struct metadata *metadata AUTO_FREE = calloc(1, sizeof(*metadata));
    if (!table || !metadata)
        return error_no_memory(err);
    if (table_walk(file, judge, metadata, table, err) < 0)
        return -1;
    return values_get(file, judge, metadata, err);
}
