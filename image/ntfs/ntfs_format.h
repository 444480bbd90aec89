/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NTFS 3.1 as it lies on disk, as far as it is written here: its numbers and its boot sector, and
 * with it the headers of records, values and indexes. All integers are little-endian.
 * Sources: the volumes that Windows 10 and mkntfs make, and layout.h of ntfs-3g for the names. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_FORMAT_H
#define LXKIT_IMAGE_NTFS_NTFS_FORMAT_H

#include <assert.h>
#include <stdint.h>

#include "core/le.h"
#include "image/ntfs/ntfs_index_format.h"
#include "image/ntfs/ntfs_record_format.h"
#include "image/ntfs/ntfs_value_format.h"

enum {
    NTFS_SECTOR_BYTES = 512,
    NTFS_CLUSTER_BYTES = 4096,
    NTFS_RECORD_BYTES = 1024, /* of the master file table */
    NTFS_RECORDS_PER_CLUSTER = NTFS_CLUSTER_BYTES / NTFS_RECORD_BYTES,
    NTFS_INDEX_BYTES = 4096, /* a block of an index */
    NTFS_BOOT_BYTES = 8192,
    NTFS_NAME_UNITS_MAX = 255,  /* UTF-16 */
    NTFS_RECORDS_MAX = 1 << 26, /* of a volume, that are read or written here */
    NTFS_LINKS_MAX = 1024,      /* names of one file, as Windows allows */
    NTFS_EAS_BYTES_MAX = 65535,
    NTFS_LIST_BYTES_MAX = 256 << 10, /* of an attribute list, as Windows allows */
    NTFS_HOLE_SHIFT = 4,
    NTFS_HOLE_CLUSTERS =
        1 << NTFS_HOLE_SHIFT, /* the unit of holes in a sparse file, as Windows makes them */
};

/* What 32 bits of clusters give, and Windows takes. */
#define NTFS_CLUSTERS_MAX   UINT64_C(0xffffffff) /* of a volume */
#define NTFS_FILE_BYTES_MAX ((UINT64_C(1) << 44) - (UINT64_C(1) << 16))

/* Records of the master file table that every volume has. */
enum ntfs_record_number {
    NTFS_MFT = 0,
    NTFS_MFT_MIRROR = 1,
    NTFS_LOG_FILE = 2,
    NTFS_VOLUME = 3,
    NTFS_ATTRIBUTE_DEFINITIONS = 4,
    NTFS_ROOT = 5,
    NTFS_BITMAP = 6,
    NTFS_BOOT = 7,
    NTFS_BAD_CLUSTERS = 8,
    NTFS_SECURE = 9,
    NTFS_UPCASE = 10,
    NTFS_EXTEND = 11,
    NTFS_RESERVED_FIRST = 12, /* 12 to 15 are in use and empty, 16 to 23 are free */
    NTFS_RESERVED_END = 16,
    NTFS_QUOTA = 24,
    NTFS_OBJECT_IDS = 25,
    NTFS_REPARSE = 26,
    NTFS_SYSTEM_END = 27,
    NTFS_USER_FIRST = 64,
};

enum ntfs_attribute_type {
    NTFS_STANDARD_INFORMATION = 0x10,
    NTFS_ATTRIBUTE_LIST = 0x20,
    NTFS_FILE_NAME = 0x30,
    NTFS_SECURITY_DESCRIPTOR = 0x50,
    NTFS_VOLUME_NAME = 0x60,
    NTFS_VOLUME_INFORMATION = 0x70,
    NTFS_DATA = 0x80,
    NTFS_INDEX_ROOT = 0x90,
    NTFS_INDEX_ALLOCATION = 0xa0,
    NTFS_BITMAP_ATTRIBUTE = 0xb0,
    NTFS_REPARSE_POINT = 0xc0,
    NTFS_EA_INFORMATION = 0xd0,
    NTFS_EA = 0xe0,
};

#define NTFS_ATTRIBUTES_END UINT32_C(0xffffffff)

/* Flags of a record. */
enum {
    NTFS_RECORD_IN_USE = 1,
    NTFS_RECORD_DIRECTORY = 2,
    NTFS_RECORD_EXTEND = 4, /* lies in $Extend */
    NTFS_RECORD_VIEW = 8,   /* holds indexes that are no directory */
};

/* Flags of files, in STANDARD_INFORMATION, FILE_NAME and directories. */
#define NTFS_FILE_HIDDEN    UINT32_C(0x2)
#define NTFS_FILE_SYSTEM    UINT32_C(0x4)
#define NTFS_FILE_ARCHIVE   UINT32_C(0x20)
#define NTFS_FILE_SPARSE    UINT32_C(0x200)
#define NTFS_FILE_REPARSE   UINT32_C(0x400)
#define NTFS_FILE_EA        UINT32_C(0x40000)    /* there are extended attributes */
#define NTFS_FILE_DIRECTORY UINT32_C(0x10000000) /* in FILE_NAME only */
#define NTFS_FILE_VIEW      UINT32_C(0x20000000) /* has an index that is no directory */

enum {
    NTFS_CASE_SENSITIVE = 1,             /* STANDARD_INFORMATION.version of a directory */
    NTFS_ATTRIBUTE_SPARSE = 0x8000,      /* flags of an attribute */
    NTFS_ATTRIBUTE_COMPRESSION = 0x00ff, /* likewise: the method; 0: none */
    NTFS_NAMESPACE_POSIX = 0,
    NTFS_NAMESPACE_WIN32_DOS = 3,
};

/* Reparse tags of WSL. Source: microsoft/WSL, ntfs-3g layout.h. */
#define NTFS_TAG_SYMLINK   UINT32_C(0xa000001d)
#define NTFS_TAG_SOCKET    UINT32_C(0x80000023)
#define NTFS_TAG_FIFO      UINT32_C(0x80000024)
#define NTFS_TAG_CHARACTER UINT32_C(0x80000025)
#define NTFS_TAG_BLOCK     UINT32_C(0x80000026)

/* How an index puts its keys in order. */
enum ntfs_collation {
    NTFS_COLLATION_NAME = 0x01,
    NTFS_COLLATION_U32 = 0x10,
    NTFS_COLLATION_SID = 0x11,
    NTFS_COLLATION_SECURITY_HASH = 0x12,
    NTFS_COLLATION_U32S = 0x13,
};

struct ntfs_boot_disk {
    uint8_t jump[3];               /* +0 */
    char system[8];                /* +3: "NTFS    " */
    struct le16 sector_bytes;      /* +11 */
    uint8_t sectors_per_cluster;   /* +13 */
    uint8_t zeros1[7];             /* +14 */
    uint8_t media;                 /* +21: 0xf8, a fixed disk */
    uint8_t zeros2[2];             /* +22 */
    struct le16 sectors_per_track; /* +24 */
    struct le16 heads;             /* +26 */
    struct le32 hidden_sectors;    /* +28 */
    uint8_t zeros3[4];             /* +32 */
    uint8_t drive[4];              /* +36: 80 00 80 00 */
    struct le64 sectors;           /* +40: without the copy of this sector at the end */
    struct le64 mft;               /* +48: clusters */
    struct le64 mft_mirror;        /* +56 */
    int8_t record_size;            /* +64: -10, a power of two */
    uint8_t zeros4[3];             /* +65 */
    int8_t index_size;             /* +68: clusters */
    uint8_t zeros5[3];             /* +69 */
    struct le64 serial;            /* +72 */
    uint8_t zeros6[430];           /* +80 */
    uint8_t signature[2];          /* +510: 55 aa */
};

static_assert(sizeof(struct ntfs_boot_disk) == 512, "boot sector");

/* A reference to a file: the number of its record, and the record's sequence number above. */
static inline uint64_t ntfs_reference(uint64_t number, uint16_t sequence)
{
    return number | (uint64_t)sequence << 48;
}

#endif
