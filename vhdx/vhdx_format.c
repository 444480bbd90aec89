/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_format.h"

#include <string.h>

#include "core/crc32c.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_io.h"
#include "vhdx/vhdx_text.h"

enum {
    CHECKSUM_AT = 4, /* of headers and region tables alike */
};

static_assert(offsetof(struct vhdx_header_disk, checksum) == CHECKSUM_AT, "header checksum");
static_assert(offsetof(struct vhdx_region_table_disk, checksum) == CHECKSUM_AT, "table checksum");

/* 2DC27766-F623-4200-9D64-115E9BFD4A08 */
const struct guid vhdx_region_bat = {{0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42, 0x9d, 0x64,
                                      0x11, 0x5e, 0x9b, 0xfd, 0x4a, 0x08}};
/* 8B7CA206-4790-4B9A-B8FE-575F050F886E */
const struct guid vhdx_region_metadata = {{0x06, 0xa2, 0x7c, 0x8b, 0x90, 0x47, 0x9a, 0x4b, 0xb8,
                                           0xfe, 0x57, 0x5f, 0x05, 0x0f, 0x88, 0x6e}};
/* CAA16737-FA36-4D43-B3B6-33F0AA44E76B */
const struct guid vhdx_item_parameters = {{0x37, 0x67, 0xa1, 0xca, 0x36, 0xfa, 0x43, 0x4d, 0xb3,
                                           0xb6, 0x33, 0xf0, 0xaa, 0x44, 0xe7, 0x6b}};
/* 2FA54224-CD1B-4876-B211-5DBED83BF4B8 */
const struct guid vhdx_item_virtual_size = {{0x24, 0x42, 0xa5, 0x2f, 0x1b, 0xcd, 0x76, 0x48, 0xb2,
                                             0x11, 0x5d, 0xbe, 0xd8, 0x3b, 0xf4, 0xb8}};
/* BECA12AB-B2E6-4523-93EF-C309E000C746 */
const struct guid vhdx_item_disk_id = {{0xab, 0x12, 0xca, 0xbe, 0xe6, 0xb2, 0x23, 0x45, 0x93, 0xef,
                                        0xc3, 0x09, 0xe0, 0x00, 0xc7, 0x46}};
/* 8141BF1D-A96F-4709-BA47-F233A8FAAB5F */
const struct guid vhdx_item_logical_sector = {{0x1d, 0xbf, 0x41, 0x81, 0x6f, 0xa9, 0x09, 0x47, 0xba,
                                               0x47, 0xf2, 0x33, 0xa8, 0xfa, 0xab, 0x5f}};
/* CDA348C7-445D-4471-9CC9-E9885251C556 */
const struct guid vhdx_item_physical_sector = {{0xc7, 0x48, 0xa3, 0xcd, 0x5d, 0x44, 0x71, 0x44,
                                                0x9c, 0xc9, 0xe9, 0x88, 0x52, 0x51, 0xc5, 0x56}};
/* A8D35F2D-B30B-454D-ABF7-D3D84834AB0C */
const struct guid vhdx_item_parent_locator = {{0x2d, 0x5f, 0xd3, 0xa8, 0x0b, 0xb3, 0x4d, 0x45, 0xab,
                                               0xf7, 0xd3, 0xd8, 0x48, 0x34, 0xab, 0x0c}};

uint32_t vhdx_checksum(const void *structure, size_t n)
{
    static const uint8_t no_checksum[sizeof(struct le32)];
    const uint8_t *bytes = structure;
    size_t rest = CHECKSUM_AT + sizeof(no_checksum);
    uint32_t crc = crc32c(~UINT32_C(0), bytes, CHECKSUM_AT);
    crc = crc32c(crc, no_checksum, sizeof(no_checksum));
    return ~crc32c(crc, bytes + rest, n - rest);
}

static enum vhdx_seal seal_check(const void *structure, size_t n, const char *signature)
{
    if (memcmp(structure, signature, CHECKSUM_AT) != 0)
        return VHDX_SEAL_NO_SIGNATURE;
    struct le32 stored;
    memcpy(&stored, (const uint8_t *)structure + CHECKSUM_AT, sizeof(stored));
    return vhdx_checksum(structure, n) == le32_get(stored) ? VHDX_SEAL_GOOD
                                                           : VHDX_SEAL_BAD_CHECKSUM;
}

bool vhdx_identifier_get(char *text, const struct vhdx_identifier_disk *disk)
{
    vhdx_text_get(text, disk->creator, VHDX_CREATOR_UNITS);
    return memcmp(disk->signature, "vhdxfile", sizeof(disk->signature)) == 0;
}

void vhdx_identifier_put(struct vhdx_identifier_disk *disk, const char *ascii)
{
    *disk = (struct vhdx_identifier_disk){.signature = "vhdxfile"};
    for (size_t i = 0; i < VHDX_CREATOR_UNITS && ascii[i]; i++)
        disk->creator[i] = le16_put((uint8_t)ascii[i]);
}

enum vhdx_seal vhdx_header_get(struct vhdx_header *out, const struct vhdx_header_disk *disk)
{
    *out = (struct vhdx_header){
        .sequence = le64_get(disk->sequence),
        .file_write = disk->file_write,
        .data_write = disk->data_write,
        .log = disk->log,
        .log_version = le16_get(disk->log_version),
        .version = le16_get(disk->version),
        .log_length = le32_get(disk->log_length),
        .log_offset = le64_get(disk->log_offset),
        .reserved_used = !vhdx_io_is_zero(disk->reserved, sizeof(disk->reserved)),
    };
    return seal_check(disk, sizeof(*disk), "head");
}

void vhdx_header_put(struct vhdx_header_disk *disk, const struct vhdx_header *header)
{
    *disk = (struct vhdx_header_disk){
        .signature = "head",
        .sequence = le64_put(header->sequence),
        .file_write = header->file_write,
        .data_write = header->data_write,
        .log = header->log,
        .log_version = le16_put(header->log_version),
        .version = le16_put(header->version),
        .log_length = le32_put(header->log_length),
        .log_offset = le64_put(header->log_offset),
    };
    disk->checksum = le32_put(vhdx_checksum(disk, sizeof(*disk)));
}

enum vhdx_seal vhdx_region_table_get(uint32_t *n, const uint8_t *table)
{
    struct vhdx_region_table_disk disk;
    memcpy(&disk, table, sizeof(disk));
    *n = le32_get(disk.n);
    return seal_check(table, VHDX_TABLE_BYTES, "regi");
}

void vhdx_region_get(struct vhdx_region *out, const uint8_t *table, size_t i)
{
    struct vhdx_region_disk disk;
    memcpy(&disk, table + sizeof(struct vhdx_region_table_disk) + i * sizeof(disk), sizeof(disk));
    *out = (struct vhdx_region){
        .id = disk.id,
        .offset = le64_get(disk.offset),
        .length = le32_get(disk.length),
        .required = le32_get(disk.required),
    };
}

void vhdx_region_table_put(uint8_t *table, const struct vhdx_region *regions, size_t n)
{
    struct vhdx_region_table_disk head = {.signature = "regi", .n = le32_put((uint32_t)n)};
    memset(table, 0, VHDX_TABLE_BYTES);
    memcpy(table, &head, sizeof(head));
    for (size_t i = 0; i < n; i++) {
        struct vhdx_region_disk disk = {
            .id = regions[i].id,
            .offset = le64_put(regions[i].offset),
            .length = le32_put(regions[i].length),
            .required = le32_put(regions[i].required),
        };
        memcpy(table + sizeof(head) + i * sizeof(disk), &disk, sizeof(disk));
    }
    head.checksum = le32_put(vhdx_checksum(table, VHDX_TABLE_BYTES));
    memcpy(table, &head, sizeof(head));
}

bool vhdx_metadata_table_get(uint16_t *n, const uint8_t *table)
{
    struct vhdx_metadata_table_disk disk;
    memcpy(&disk, table, sizeof(disk));
    *n = le16_get(disk.n);
    return memcmp(disk.signature, "metadata", sizeof(disk.signature)) == 0;
}

void vhdx_item_get(struct vhdx_item *out, const uint8_t *table, size_t i)
{
    struct vhdx_item_disk disk;
    memcpy(&disk, table + sizeof(struct vhdx_metadata_table_disk) + i * sizeof(disk), sizeof(disk));
    *out = (struct vhdx_item){
        .id = disk.id,
        .offset = le32_get(disk.offset),
        .length = le32_get(disk.length),
        .flags = le32_get(disk.flags),
    };
}

void vhdx_metadata_table_put(uint8_t *table, const struct vhdx_item *items, size_t n)
{
    struct vhdx_metadata_table_disk head = {
        .signature = "metadata",
        .n = le16_put((uint16_t)n),
    };
    memset(table, 0, VHDX_TABLE_BYTES);
    memcpy(table, &head, sizeof(head));
    for (size_t i = 0; i < n; i++) {
        struct vhdx_item_disk disk = {
            .id = items[i].id,
            .offset = le32_put(items[i].offset),
            .length = le32_put(items[i].length),
            .flags = le32_put(items[i].flags),
        };
        memcpy(table + sizeof(head) + i * sizeof(disk), &disk, sizeof(disk));
    }
}
