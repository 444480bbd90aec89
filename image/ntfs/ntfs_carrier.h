/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The carrier: what wslfs has no place for in a file's metadata, in one private EA, LXKIT.CARRIER,
 * or where the file's 64 KiB of EAs are full in the named stream "lxkit". Windows, WSL and every
 * other reader leave both alone.
 *
 *     head | field | field ...         head:  version, checksum, digest of what is visible, length
 *                                      field: kind, which, lengths | name | NUL | value
 *
 * A carrier says what was true when it was written. Each of its fields is believed as long as it
 * says nothing against what everyone sees of the file now: a time when the visible one is what it
 * was cut to, a name when the visible one is what it was turned into, a list of access rights when
 * the mode is the one that it came with. What was changed meanwhile is what counts, field by field.
 *
 * The manual, lximage(1), has the format byte for byte. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CARRIER_H
#define LXKIT_IMAGE_NTFS_NTFS_CARRIER_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/le.h"

#define NTFS_CARRIER_EA     "LXKIT.CARRIER"
#define NTFS_CARRIER_STREAM "lxkit"

enum {
    NTFS_CARRIER_VERSION = 1,
    NTFS_CARRIER_BYTES_MAX = 20 << 20, /* TREE_XATTR_BYTES_MAX, and what frames them */
    NTFS_CARRIER_NAME_MAX = 255,       /* bytes of an attribute's, as Linux has it */
    NTFS_CARRIER_TIMES = 4,
};

enum ntfs_carrier_kind {
    NTFS_CARRIER_TIME = 1, /* value: seconds and nanoseconds, 12 bytes a time, in the order of
                            * which: 1 created, 2 modified, 4 changed, 8 accessed */
    NTFS_CARRIER_FLAGS,    /* value: 4 bytes, as FS_IOC_GETFLAGS has them */
    NTFS_CARRIER_NO_OWNER, /* which: 1 the user, 2 the group is 4294967295, and no mistake */
    NTFS_CARRIER_NAME,     /* name: of the file, which has another one in its directory */
    NTFS_CARRIER_CASE,     /* name: of an attribute that is visible in capital letters */
    NTFS_CARRIER_XATTR,    /* name and value: an attribute that is not visible at all */
    NTFS_CARRIER_TWIN,     /* the same, beside a visible one whose name differs in case alone */
    NTFS_CARRIER_ACCESS,   /* the same, behind the 4 bytes of $LXMOD that it agrees with */
    NTFS_CARRIER_SEALED,   /* the same, for the file as it was: when the digest fits */
    NTFS_CARRIER_LINKS,    /* value: 8 bytes; files with the same were one, with too many names */
    NTFS_CARRIER_KINDS,
};

struct ntfs_carrier_disk {
    struct le16 version;  /* +0 */
    struct le16 zero;     /* +2 */
    struct le32 checksum; /* +4: CRC-32C of the whole, with zeros here */
    struct le32 digest;   /* +8: ntfs_visible_digest() */
    struct le32 length;   /* +12: of the whole */
};

struct ntfs_carrier_field_disk {
    uint8_t kind;             /* +0 */
    uint8_t which;            /* +1 */
    struct le16 name_length;  /* +2: without the NUL */
    struct le32 value_length; /* +4 */
};

struct ntfs_carrier_time_disk {
    struct le64 seconds;     /* +0: since 1970, signed */
    struct le32 nanoseconds; /* +8 */
};

static_assert(sizeof(struct ntfs_carrier_disk) == 16, "carrier");
static_assert(sizeof(struct ntfs_carrier_field_disk) == 8, "carrier field");
static_assert(sizeof(struct ntfs_carrier_time_disk) == 12, "carrier time");

/* What everyone sees of a file, as it lies on disk. */
struct ntfs_visible {
    uint32_t mode, uid, gid, major, minor; /* of $LXMOD, $LXUID ...; 0 where there is none */
    uint64_t size;                         /* of a regular file */
    uint64_t created, modified, changed, accessed; /* 100 ns since 1601 */
    uint32_t attributes;                           /* sum of ntfs_visible_xattr() */
};

/* One field. name ends with a NUL. */
struct ntfs_carrier_field {
    enum ntfs_carrier_kind kind;
    uint8_t which;
    const char *name;
    size_t name_n;
    const uint8_t *value;
    size_t value_n;
};

/* A carrier that holds together; a zeroed one is none. */
struct ntfs_carrier {
    const uint8_t *bytes; /* borrowed */
    size_t n;
    uint32_t digest;
};

/* What a visible attribute ("LX.USER.NAME") adds to struct ntfs_visible, in any order. */
uint32_t ntfs_visible_xattr(const char *name, size_t name_n, const void *value, size_t n);
/* Of everything but the time of creation and of the last access. */
uint32_t ntfs_visible_digest(const struct ntfs_visible *visible);
uint32_t ntfs_carrier_checksum(const void *bytes, size_t n);

/* Holds n bytes against all rules of the format; DAMAGED. */
int ntfs_carrier_open(struct ntfs_carrier *out, const uint8_t *bytes, size_t n,
                      struct error *err) MUST_CHECK;
/* The fields one after the other, from *at = 0 on; false at the end. */
bool ntfs_carrier_next(const struct ntfs_carrier *carrier, size_t *at,
                       struct ntfs_carrier_field *out);

#endif
