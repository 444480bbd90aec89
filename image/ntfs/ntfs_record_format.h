/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Records of the master file table and the frames of their attributes, as they lie on disk. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_RECORD_FORMAT_H
#define LXKIT_IMAGE_NTFS_NTFS_RECORD_FORMAT_H

#include <assert.h>
#include <stdint.h>

#include "core/le.h"

struct ntfs_record_disk {
    char magic[4];              /* +0: "FILE" */
    struct le16 fixups;         /* +4: offset of the update sequence */
    struct le16 n_fixups;       /* +6: its number and one saved word a sector */
    struct le64 log_number;     /* +8 */
    struct le16 sequence;       /* +16 */
    struct le16 links;          /* +18 */
    struct le16 attributes;     /* +20: offset of the first */
    struct le16 flags;          /* +22 */
    struct le32 used;           /* +24 */
    struct le32 size;           /* +28 */
    struct le64 base;           /* +32: of an extension record; 0 */
    struct le16 next_attribute; /* +40: number for the next one that comes */
    struct le16 unused;         /* +42 */
    struct le32 number;         /* +44 */
    struct le16 update_number;  /* +48 */
    struct le16 saved[2];       /* +50 */
    uint8_t pad[2];             /* +54 */
};

/* Both kinds of attributes begin like that. */
struct ntfs_attribute_disk {
    struct le32 type;        /* +0 */
    struct le32 length;      /* +4 */
    uint8_t non_resident;    /* +8 */
    uint8_t name_length;     /* +9: units */
    struct le16 name_offset; /* +10 */
    struct le16 flags;       /* +12 */
    struct le16 number;      /* +14 */
};

struct ntfs_resident_disk {
    struct ntfs_attribute_disk head; /* +0 */
    struct le32 value_length;        /* +16 */
    struct le16 value_offset;        /* +20 */
    uint8_t indexed;                 /* +22 */
    uint8_t unused;                  /* +23 */
};

struct ntfs_nonresident_disk {
    struct ntfs_attribute_disk head; /* +0 */
    struct le64 first;               /* +16: cluster of the attribute */
    struct le64 last;                /* +24 */
    struct le16 runs_offset;         /* +32 */
    uint8_t compression_unit;        /* +34: a power of two of clusters */
    uint8_t unused[5];               /* +35 */
    struct le64 allocated;           /* +40: bytes */
    struct le64 size;                /* +48 */
    struct le64 initialized;         /* +56 */
};

/* A sparse attribute has one more field. */
struct ntfs_sparse_disk {
    struct ntfs_nonresident_disk head; /* +0 */
    struct le64 stored;                /* +64: bytes that have a place on the disk */
};

struct ntfs_list_entry_disk {
    struct le32 type;    /* +0 */
    struct le16 length;  /* +4 */
    uint8_t name_length; /* +6: units */
    uint8_t name_offset; /* +7 */
    struct le64 first;   /* +8: cluster of the attribute */
    struct le64 record;  /* +16 */
    struct le16 number;  /* +24 */
};

static_assert(sizeof(struct ntfs_record_disk) == 56, "record");
static_assert(sizeof(struct ntfs_attribute_disk) == 16, "attribute");
static_assert(sizeof(struct ntfs_resident_disk) == 24, "resident attribute");
static_assert(sizeof(struct ntfs_nonresident_disk) == 64, "non-resident attribute");
static_assert(sizeof(struct ntfs_sparse_disk) == 72, "sparse attribute");
static_assert(sizeof(struct ntfs_list_entry_disk) == 26, "ATTRIBUTE_LIST");

#endif
