/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_table.h"

#include <assert.h>
#include <string.h>

#include "core/attributes.h"

/* ---- $AttrDef ---- */

struct definition_disk {
    struct le16 name[64];  /* +0 */
    struct le32 type;      /* +128 */
    struct le32 display;   /* +132 */
    struct le32 collation; /* +136 */
    struct le32 flags;     /* +140 */
    struct le64 min;       /* +144 */
    struct le64 max;       /* +152 */
};

static_assert(sizeof(struct definition_disk) == NTFS_DEFINITION_BYTES, "$AttrDef");

#define NO_LIMIT UINT64_MAX

void ntfs_definitions_put(uint8_t to[NTFS_DEFINITIONS_BYTES])
{
    static const struct {
        const char *name;
        uint32_t type, flags;
        uint64_t min, max;
    } rows[] = {
        {"$STANDARD_INFORMATION", 0x10, 0x40, 0x30, 0x48},
        {"$ATTRIBUTE_LIST", 0x20, 0x80, 0, NO_LIMIT},
        {"$FILE_NAME", 0x30, 0x42, 0x44, 0x242},
        {"$OBJECT_ID", 0x40, 0x40, 0, 0x100},
        {"$SECURITY_DESCRIPTOR", 0x50, 0x80, 0, NO_LIMIT},
        {"$VOLUME_NAME", 0x60, 0x40, 2, 0x100},
        {"$VOLUME_INFORMATION", 0x70, 0x40, 0xc, 0xc},
        {"$DATA", 0x80, 0, 0, NO_LIMIT},
        {"$INDEX_ROOT", 0x90, 0x40, 0, NO_LIMIT},
        {"$INDEX_ALLOCATION", 0xa0, 0x80, 0, NO_LIMIT},
        {"$BITMAP", 0xb0, 0x80, 0, NO_LIMIT},
        {"$REPARSE_POINT", 0xc0, 0x80, 0, 0x4000},
        {"$EA_INFORMATION", 0xd0, 0x40, 8, 8},
        {"$EA", 0xe0, 0, 0, 0x10000},
        {"$LOGGED_UTILITY_STREAM", 0x100, 0x80, 0, 0x10000},
    };
    memset(to, 0, NTFS_DEFINITIONS_BYTES);
    for (size_t i = 0; i < array_length(rows); i++) {
        struct definition_disk row = {
            .type = le32_put(rows[i].type),
            .flags = le32_put(rows[i].flags),
            .min = le64_put(rows[i].min),
            .max = le64_put(rows[i].max),
        };
        for (size_t n = 0; rows[i].name[n]; n++)
            row.name[n] = le16_put((uint16_t)rows[i].name[n]);
        memcpy(to + i * sizeof(row), &row, sizeof(row));
    }
}

/* ---- $Quota ---- */

enum {
    QUOTA_VERSION = 2,
    QUOTA_DEFAULT_LIMITS = 1,
    OWNER_NOBODY = 1,
    OWNER_ADMINISTRATORS = 0x100,
};

/* S-1-5-32-544 */
static const uint8_t administrators[16] = {1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0};

struct quota_disk {
    struct le32 version;   /* +0 */
    struct le32 flags;     /* +4 */
    struct le64 used;      /* +8 */
    struct le64 changed;   /* +16 */
    struct le64 threshold; /* +24 */
    struct le64 limit;     /* +32 */
    struct le64 exceeded;  /* +40 */
};

static_assert(sizeof(struct quota_disk) == 48, "$Quota:$Q");

static struct ntfs_index_entry_disk view_head(size_t length, size_t key, size_t data_at,
                                              size_t data_bytes)
{
    struct ntfs_index_entry_disk head = {
        .length = le16_put((uint16_t)length),
        .key_length = le16_put((uint16_t)key),
    };
    struct le16 place[2] = {le16_put((uint16_t)data_at), le16_put((uint16_t)data_bytes)};
    memcpy(&head.file, place, sizeof(place));
    return head;
}

size_t ntfs_quota_entry(uint8_t to[NTFS_QUOTA_BYTES_MAX], unsigned i, struct le64 now)
{
    struct le32 owner = le32_put(i == 0 ? OWNER_NOBODY : OWNER_ADMINISTRATORS);
    struct quota_disk quota = {
        .version = le32_put(QUOTA_VERSION),
        .flags = le32_put(QUOTA_DEFAULT_LIMITS),
        .changed = now,
        .threshold = le64_put(NO_LIMIT),
        .limit = le64_put(NO_LIMIT),
    };
    size_t at = sizeof(struct ntfs_index_entry_disk) + sizeof(owner);
    size_t data = sizeof(quota) + (i == 0 ? 0 : sizeof(administrators));
    size_t length = (at + data + 7) / 8 * 8;
    struct ntfs_index_entry_disk head = view_head(length, sizeof(owner), at, data);

    memset(to, 0, NTFS_QUOTA_BYTES_MAX);
    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), &owner, sizeof(owner));
    memcpy(to + at, &quota, sizeof(quota));
    if (i > 0)
        memcpy(to + at + sizeof(quota), administrators, sizeof(administrators));
    return length;
}

void ntfs_owner_entry(uint8_t to[NTFS_OWNER_BYTES])
{
    struct le32 owner = le32_put(OWNER_ADMINISTRATORS);
    size_t at = sizeof(struct ntfs_index_entry_disk) + sizeof(administrators);
    struct ntfs_index_entry_disk head =
        view_head(NTFS_OWNER_BYTES, sizeof(administrators), at, sizeof(owner));

    memset(to, 0, NTFS_OWNER_BYTES);
    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), administrators, sizeof(administrators));
    memcpy(to + at, &owner, sizeof(owner));
    to[NTFS_OWNER_BYTES - 4] = ' '; /* as Windows and mkntfs have it */
}

/* ---- $Boot ---- */

enum {
    RECORD_SIZE = -10, /* 2^10 */
    SECTORS_PER_TRACK = 63,
    HEADS = 255,
    MEDIA_FIXED = 0xf8,
};

void ntfs_boot_put(struct ntfs_boot_disk *boot, uint64_t sectors, uint64_t mft, uint64_t mft_mirror,
                   uint64_t serial)
{
    *boot = (struct ntfs_boot_disk){
        .jump = {0xeb, 0x52, 0x90},
        .sector_bytes = le16_put(NTFS_SECTOR_BYTES),
        .sectors_per_cluster = NTFS_CLUSTER_BYTES / NTFS_SECTOR_BYTES,
        .media = MEDIA_FIXED,
        .sectors_per_track = le16_put(SECTORS_PER_TRACK),
        .heads = le16_put(HEADS),
        .drive = {0x80, 0, 0x80, 0},
        .sectors = le64_put(sectors),
        .mft = le64_put(mft),
        .mft_mirror = le64_put(mft_mirror),
        .record_size = RECORD_SIZE,
        .index_size = NTFS_INDEX_BYTES / NTFS_CLUSTER_BYTES,
        .serial = le64_put(serial),
        .signature = {0x55, 0xaa},
    };
    memcpy(boot->system, "NTFS    ", sizeof(boot->system));
}
