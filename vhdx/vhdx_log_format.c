/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_log_format.h"

#include <string.h>

enum {
    TRAILING_AT = VHDX_LOG_SECTOR - VHDX_LOG_TRAILING,
};

bool vhdx_log_entry_get(struct vhdx_log_entry *out, const uint8_t *sector)
{
    struct vhdx_log_entry_disk disk;
    memcpy(&disk, sector, sizeof(disk));
    *out = (struct vhdx_log_entry){
        .length = le32_get(disk.length),
        .tail = le32_get(disk.tail),
        .sequence = le64_get(disk.sequence),
        .n = le32_get(disk.n),
        .log = disk.log,
        .flushed = le64_get(disk.flushed),
        .last = le64_get(disk.last),
    };
    return memcmp(disk.signature, "loge", sizeof(disk.signature)) == 0;
}

void vhdx_log_entry_put(uint8_t *sector, const struct vhdx_log_entry *entry)
{
    struct vhdx_log_entry_disk disk = {
        .signature = "loge",
        .length = le32_put(entry->length),
        .tail = le32_put(entry->tail),
        .sequence = le64_put(entry->sequence),
        .n = le32_put(entry->n),
        .log = entry->log,
        .flushed = le64_put(entry->flushed),
        .last = le64_put(entry->last),
    };
    memcpy(sector, &disk, sizeof(disk));
}

bool vhdx_descriptor_get(struct vhdx_descriptor *out, const struct vhdx_descriptor_disk *disk,
                         uint64_t sequence)
{
    bool zero = memcmp(disk->signature, "zero", sizeof(disk->signature)) == 0;
    *out = (struct vhdx_descriptor){
        .zero = zero,
        .offset = le64_get(disk->offset),
        .length = zero ? le64_get(disk->leading) : VHDX_LOG_SECTOR,
    };
    memcpy(out->leading, &disk->leading, sizeof(out->leading));
    memcpy(out->trailing, disk->trailing, sizeof(out->trailing));
    return (zero || memcmp(disk->signature, "desc", sizeof(disk->signature)) == 0) &&
           le64_get(disk->sequence) == sequence && out->offset % VHDX_LOG_SECTOR == 0 &&
           out->length % VHDX_LOG_SECTOR == 0;
}

void vhdx_log_page_put(struct vhdx_descriptor_disk *descriptor, uint8_t *sector,
                       const uint8_t *page, uint64_t offset, uint64_t sequence)
{
    struct vhdx_data_sector_disk data = {
        .signature = "data",
        .sequence_high = le32_put((uint32_t)(sequence >> 32)),
        .sequence_low = le32_put((uint32_t)sequence),
    };
    *descriptor = (struct vhdx_descriptor_disk){
        .signature = "desc",
        .offset = le64_put(offset),
        .sequence = le64_put(sequence),
    };
    memcpy(&descriptor->leading, page, VHDX_LOG_LEADING);
    memcpy(descriptor->trailing, page + TRAILING_AT, VHDX_LOG_TRAILING);
    memcpy(data.bytes, page + VHDX_LOG_LEADING, sizeof(data.bytes));
    memcpy(sector, &data, sizeof(data));
}

bool vhdx_data_sector_is(const uint8_t *sector, uint64_t sequence)
{
    struct le32 high, low;
    memcpy(&high, sector + offsetof(struct vhdx_data_sector_disk, sequence_high), sizeof(high));
    memcpy(&low, sector + offsetof(struct vhdx_data_sector_disk, sequence_low), sizeof(low));
    return memcmp(sector, "data", 4) == 0 && le32_get(high) == sequence >> 32 &&
           le32_get(low) == (uint32_t)sequence;
}

void vhdx_data_sector_restore(uint8_t *sector, const struct vhdx_descriptor *descriptor)
{
    memcpy(sector, descriptor->leading, VHDX_LOG_LEADING);
    memcpy(sector + TRAILING_AT, descriptor->trailing, VHDX_LOG_TRAILING);
}
