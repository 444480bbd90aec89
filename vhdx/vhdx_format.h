/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHDX on disk: [MS-VHDX] v20240423; section numbers are its own. All integers are little-endian.
 *
 *      0          64K        128K       192K       256K       320K      1M
 *      | identifier | header 1 | header 2 | regions 1 | regions 2 | unused | log, metadata, block
 *                                                      allocation table (BAT), payload ...
 *
 * Behind the first MiB everything lies at a multiple of 1 MiB, in any order. The files that we make
 * have Windows' order: log at 1 MiB, metadata at 2 MiB, BAT at 3 MiB, payload behind it. */
#ifndef LXKIT_VHDX_VHDX_FORMAT_H
#define LXKIT_VHDX_VHDX_FORMAT_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/guid.h"
#include "core/le.h"

enum {
    VHDX_MIB = 1 << 20,
    VHDX_MIB_SHIFT = 20,

    VHDX_HEADER_SECTION = 1 << 20,
    VHDX_IDENTIFIER_BYTES = 64 << 10,
    VHDX_HEADER_1 = 64 << 10,
    VHDX_HEADER_2 = 128 << 10,
    VHDX_REGION_TABLE_1 = 192 << 10,
    VHDX_REGION_TABLE_2 = 256 << 10,
    VHDX_TABLE_BYTES = 64 << 10, /* of a region table, and of the metadata table */
    VHDX_TABLE_ENTRIES_MAX = 2047,

    VHDX_LOG_OFFSET = 1 << 20,
    VHDX_METADATA_OFFSET = 2 << 20,
    VHDX_BAT_OFFSET = 3 << 20,

    VHDX_CREATOR_UNITS = 256,
    VHDX_ITEM_BYTES_MAX = 1 << 20,
};

/* 2.2.1 */
struct vhdx_identifier_disk {
    uint8_t signature[8];                    /* +0x00: "vhdxfile" */
    struct le16 creator[VHDX_CREATOR_UNITS]; /* +0x08: UTF-16, a NUL only when it is shorter */
};
static_assert(sizeof(struct vhdx_identifier_disk) == 520, "file type identifier");

/* 2.2.2 */
struct vhdx_header_disk {
    uint8_t signature[4];    /* +0x00: "head" */
    struct le32 checksum;    /* +0x04: CRC-32C of the 4 KiB, this field as 0 */
    struct le64 sequence;    /* +0x08: the greater one is current */
    struct guid file_write;  /* +0x10: new with every writable opening */
    struct guid data_write;  /* +0x20: new whenever the content changes */
    struct guid log;         /* +0x30: what log entries must carry; zero: the log is empty */
    struct le16 log_version; /* +0x40: 0 */
    struct le16 version;     /* +0x42: 1 */
    struct le32 log_length;  /* +0x44 */
    struct le64 log_offset;  /* +0x48 */
    uint8_t reserved[4016];  /* +0x50: 0 */
};
static_assert(sizeof(struct vhdx_header_disk) == 4096, "header");

/* 2.2.3 */
struct vhdx_region_table_disk {
    uint8_t signature[4]; /* +0x00: "regi" */
    struct le32 checksum; /* +0x04: CRC-32C of the 64 KiB, this field as 0 */
    struct le32 n;        /* +0x08: entries, at most 2047 */
    struct le32 reserved; /* +0x0c: 0 */
};
static_assert(sizeof(struct vhdx_region_table_disk) == 16, "region table");

struct vhdx_region_disk {
    struct guid id;       /* +0x00 */
    struct le64 offset;   /* +0x10: in the file */
    struct le32 length;   /* +0x18 */
    struct le32 required; /* +0x1c: 1: who does not know it must not open the file */
};
static_assert(sizeof(struct vhdx_region_disk) == 32, "region table entry");

/* 2.6.1 */
struct vhdx_metadata_table_disk {
    uint8_t signature[8];   /* +0x00: "metadata" */
    struct le16 reserved_1; /* +0x08: 0 */
    struct le16 n;          /* +0x0a: entries, at most 2047 */
    uint8_t reserved_2[20]; /* +0x0c: 0 */
};
static_assert(sizeof(struct vhdx_metadata_table_disk) == 32, "metadata table");

struct vhdx_item_disk {
    struct guid id;       /* +0x00 */
    struct le32 offset;   /* +0x10: from the region's start, at least 64 KiB */
    struct le32 length;   /* +0x14: at most 1 MiB; 0 only with offset 0 */
    struct le32 flags;    /* +0x18: enum vhdx_item_flags */
    struct le32 reserved; /* +0x1c: 0 */
};
static_assert(sizeof(struct vhdx_item_disk) == 32, "metadata table entry");

enum vhdx_item_flags {
    VHDX_ITEM_USER = 1,
    VHDX_ITEM_VIRTUAL_DISK = 2,
    VHDX_ITEM_REQUIRED = 4,
};

/* 2.6.2.1 */
enum vhdx_parameter_flags {
    VHDX_LEAVE_BLOCKS_ALLOCATED = 1,
    VHDX_HAS_PARENT = 2,
};

/* 2.5.1.1: the three lowest bits of a BAT entry. */
enum vhdx_block_state {
    VHDX_NOT_PRESENT = 0,
    VHDX_UNDEFINED = 1,
    VHDX_ZERO = 2,
    VHDX_UNMAPPED = 3,
    VHDX_FULLY_PRESENT = 6,
    VHDX_PARTIALLY_PRESENT = 7, /* in differencing disks alone */
};

/* A BAT entry is state, 17 reserved bits and the offset in the file in MiB. */
#define VHDX_ENTRY_STATE    UINT64_C(0x7)
#define VHDX_ENTRY_RESERVED UINT64_C(0xffff8)
#define VHDX_ENTRY_OFFSET   UINT64_C(0xfffffffffff00000)

/* The host's sides of these structs. */
struct vhdx_header {
    uint64_t sequence;
    struct guid file_write;
    struct guid data_write;
    struct guid log;
    uint16_t log_version;
    uint16_t version;
    uint32_t log_length;
    uint64_t log_offset;
    bool reserved_used; /* some reserved byte is not 0 */
};

struct vhdx_region {
    struct guid id;
    uint64_t offset;
    uint32_t length;
    uint32_t required;
};

struct vhdx_item {
    struct guid id;
    uint32_t offset;
    uint32_t length;
    uint32_t flags;
};

extern const struct guid vhdx_region_bat;
extern const struct guid vhdx_region_metadata;
extern const struct guid vhdx_item_parameters;      /* u32 block size, u32 vhdx_parameter_flags */
extern const struct guid vhdx_item_virtual_size;    /* u64 */
extern const struct guid vhdx_item_disk_id;         /* GUID */
extern const struct guid vhdx_item_logical_sector;  /* u32, 512 or 4096 */
extern const struct guid vhdx_item_physical_sector; /* u32, 512 or 4096 */
extern const struct guid vhdx_item_parent_locator;

/* CRC-32C of a header or region table of n bytes, its checksum field counted as 0. */
uint32_t vhdx_checksum(const void *structure, size_t n);

/* The creator becomes UTF-8; text has VHDX_CREATOR_BYTES. False without the signature. */
bool vhdx_identifier_get(char *text, const struct vhdx_identifier_disk *disk);
void vhdx_identifier_put(struct vhdx_identifier_disk *disk, const char *ascii);

enum vhdx_seal {
    VHDX_SEAL_GOOD,
    VHDX_SEAL_NO_SIGNATURE,
    VHDX_SEAL_BAD_CHECKSUM,
};

enum vhdx_seal vhdx_header_get(struct vhdx_header *out, const struct vhdx_header_disk *disk);
void vhdx_header_put(struct vhdx_header_disk *disk, const struct vhdx_header *header);

/* table has VHDX_TABLE_BYTES. *n becomes the count as stored, which may exceed the limit. */
enum vhdx_seal vhdx_region_table_get(uint32_t *n, const uint8_t *table);
void vhdx_region_get(struct vhdx_region *out, const uint8_t *table, size_t i);
void vhdx_region_table_put(uint8_t *table, const struct vhdx_region *regions, size_t n);

/* False without the signature. */
bool vhdx_metadata_table_get(uint16_t *n, const uint8_t *table);
void vhdx_item_get(struct vhdx_item *out, const uint8_t *table, size_t i);
void vhdx_metadata_table_put(uint8_t *table, const struct vhdx_item *items, size_t n);

#endif
