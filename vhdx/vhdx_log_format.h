/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Entries of the log on disk: [MS-VHDX] 2.3.1. An entry is a run of sectors of 4 KiB, which goes on
 * at the log's start where it meets the log's end:
 *
 *      | head, 126 descriptors | 128 descriptors | ...  | data sector | data sector | ...
 *
 * Each data descriptor has one data sector, in the same order. What a data sector's marks displace
 * of the 4 KiB to be written, its first 8 and last 4 bytes, stands in the descriptor. */
#ifndef LXKIT_VHDX_VHDX_LOG_FORMAT_H
#define LXKIT_VHDX_VHDX_LOG_FORMAT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/guid.h"
#include "core/le.h"

enum {
    VHDX_LOG_SECTOR = 4096,
    VHDX_LOG_LEADING = 8,
    VHDX_LOG_TRAILING = 4,
};

struct vhdx_log_entry_disk {
    uint8_t signature[4]; /* +0x00: "loge" */
    struct le32 checksum; /* +0x04: CRC-32C of the whole entry, this field as 0 */
    struct le32 length;   /* +0x08: of the entry, in bytes */
    struct le32 tail;     /* +0x0c: where in the log the sequence begins that ends here */
    struct le64 sequence; /* +0x10: one more than the entry before; not 0 */
    struct le32 n;        /* +0x18: descriptors */
    struct le32 reserved; /* +0x1c: 0 */
    struct guid log;      /* +0x20: as in the header, else the entry is a stale one */
    struct le64 flushed;  /* +0x30: the file is at least as long, or it was cut off */
    struct le64 last;     /* +0x38: the file must become at least as long */
};
static_assert(sizeof(struct vhdx_log_entry_disk) == 64, "log entry header");

struct vhdx_descriptor_disk {
    uint8_t signature[4];                /* +0x00: "desc" or "zero" */
    uint8_t trailing[VHDX_LOG_TRAILING]; /* +0x04: of "desc"; else 0 */
    struct le64 leading;                 /* +0x08: of "desc"; else how many bytes become zeros */
    struct le64 offset;                  /* +0x10: in the file */
    struct le64 sequence;                /* +0x18: the entry's */
};
static_assert(sizeof(struct vhdx_descriptor_disk) == 32, "log descriptor");

struct vhdx_data_sector_disk {
    uint8_t signature[4];      /* +0x000: "data" */
    struct le32 sequence_high; /* +0x004: of the entry's */
    uint8_t bytes[4084];       /* +0x008 */
    struct le32 sequence_low;  /* +0xffc */
};
static_assert(sizeof(struct vhdx_data_sector_disk) == VHDX_LOG_SECTOR, "log data sector");

enum {
    VHDX_LOG_DESCRIPTORS_FIRST = 126, /* in an entry's first sector */
    VHDX_LOG_DESCRIPTORS = 128,       /* in a later one */
};

struct vhdx_log_entry {
    uint32_t length;
    uint32_t tail;
    uint64_t sequence;
    uint32_t n;
    struct guid log;
    uint64_t flushed;
    uint64_t last;
};

/* What a descriptor says: 4 KiB of data, or zeros. */
struct vhdx_descriptor {
    bool zero;
    uint64_t offset;
    uint64_t length;
    uint8_t leading[VHDX_LOG_LEADING];
    uint8_t trailing[VHDX_LOG_TRAILING];
};

/* Sectors that n descriptors take, together with the head. */
static inline uint64_t vhdx_log_descriptor_sectors(uint64_t n)
{
    uint64_t bytes = sizeof(struct vhdx_log_entry_disk) + n * sizeof(struct vhdx_descriptor_disk);
    return (bytes + VHDX_LOG_SECTOR - 1) / VHDX_LOG_SECTOR;
}

/* False without the signature. The checksum is the caller's: an entry may be in two pieces. */
bool vhdx_log_entry_get(struct vhdx_log_entry *out, const uint8_t *sector);
/* Leaves the checksum 0. */
void vhdx_log_entry_put(uint8_t *sector, const struct vhdx_log_entry *entry);

/* False where it is no descriptor of an entry of that sequence number. */
bool vhdx_descriptor_get(struct vhdx_descriptor *out, const struct vhdx_descriptor_disk *disk,
                         uint64_t sequence);
/* A page of 4 KiB as descriptor and data sector. */
void vhdx_log_page_put(struct vhdx_descriptor_disk *descriptor, uint8_t *sector,
                       const uint8_t *page, uint64_t offset, uint64_t sequence);

bool vhdx_data_sector_is(const uint8_t *sector, uint64_t sequence);
/* Makes a data sector the page that it was made from. */
void vhdx_data_sector_restore(uint8_t *sector, const struct vhdx_descriptor *descriptor);

#endif
