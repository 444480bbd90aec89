/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Values of attributes, as they lie on disk. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_VALUE_FORMAT_H
#define LXKIT_IMAGE_NTFS_NTFS_VALUE_FORMAT_H

#include <assert.h>
#include <stdint.h>

#include "core/le.h"

struct ntfs_times_disk {
    struct le64 created;  /* +0: 100 ns since 1601 */
    struct le64 modified; /* +8 */
    struct le64 changed;  /* +16 */
    struct le64 accessed; /* +24 */
};

struct ntfs_standard_information_disk {
    struct ntfs_times_disk times; /* +0 */
    struct le32 attributes;       /* +32 */
    struct le32 versions;         /* +36 */
    struct le32 version;          /* +40: NTFS_CASE_SENSITIVE */
    struct le32 class;            /* +44 */
    struct le32 owner;            /* +48 */
    struct le32 security;         /* +52: a descriptor in $Secure */
    struct le64 quota;            /* +56 */
    struct le64 usn;              /* +64 */
};

struct ntfs_file_name_disk {
    struct le64 parent;           /* +0 */
    struct ntfs_times_disk times; /* +8 */
    struct le64 allocated;        /* +40 */
    struct le64 size;             /* +48 */
    struct le32 attributes;       /* +56 */
    struct le32 extra;            /* +60: the reparse tag, or lengths of the extended attributes */
    uint8_t length;               /* +64: units */
    uint8_t namespace;            /* +65 */
};

struct ntfs_ea_information_disk {
    struct le16 packed;   /* +0: bytes without padding */
    struct le16 needed;   /* +2 */
    struct le32 unpacked; /* +4: bytes of the attribute EA */
};

struct ntfs_ea_disk {
    struct le32 next;         /* +0: bytes to the next one, also of the last */
    uint8_t flags;            /* +4 */
    uint8_t name_length;      /* +5 */
    struct le16 value_length; /* +6 */
};

struct ntfs_reparse_disk {
    struct le32 tag;    /* +0 */
    struct le16 length; /* +4: of what follows */
    struct le16 zero;   /* +6 */
};

static_assert(sizeof(struct ntfs_standard_information_disk) == 72, "STANDARD_INFORMATION");
static_assert(sizeof(struct ntfs_file_name_disk) == 66, "FILE_NAME");
static_assert(sizeof(struct ntfs_ea_disk) == 8, "EA");
static_assert(sizeof(struct ntfs_reparse_disk) == 8, "REPARSE_POINT");

#endif
