/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_lxfs.h"

#include <assert.h>
#include <string.h>

#include "core/le.h"

enum {
    VERSION = 1,
    SECOND_NS = 1000000000,
    DEVICE_MINOR_BITS = 20,
    XATTR_HEAD_BYTES = 7,
    LIST_HEAD_BYTES = 4, /* flags and version, before the entries of LXXATTR */
    ESCAPE_UNITS = 5,
};

struct lxattrb_disk {
    struct le16 flags;    /* +0 */
    struct le16 version;  /* +2 */
    struct le32 mode;     /* +4: with the type */
    struct le32 uid;      /* +8 */
    struct le32 gid;      /* +12 */
    struct le32 device;   /* +16: major << 20 | minor */
    struct le32 atime_ns; /* +20 */
    struct le32 mtime_ns; /* +24 */
    struct le32 ctime_ns; /* +28 */
    struct le64 atime;    /* +32: seconds since 1970 */
    struct le64 mtime;    /* +40 */
    struct le64 ctime;    /* +48 */
};
static_assert(sizeof(struct lxattrb_disk) == 56, "LXATTRB");

static struct entry_time time_get(struct le64 seconds, struct le32 nanoseconds)
{
    uint32_t ns = le32_get(nanoseconds);
    return (struct entry_time){
        .seconds = (int64_t)le64_get(seconds),
        .nanoseconds = ns < SECOND_NS ? ns : 0,
    };
}

void ntfs_lxfs_attributes(struct ntfs_metadata *out, const uint8_t *value, size_t n)
{
    struct lxattrb_disk disk;
    if (n != sizeof(disk)) {
        out->n_ignored++;
        return;
    }
    memcpy(&disk, value, sizeof(disk));
    if (le16_get(disk.version) != VERSION) {
        out->n_ignored++;
        return;
    }
    out->has_uid = out->has_gid = out->has_mode = out->has_device = out->has_times = true;
    out->mode = le32_get(disk.mode);
    out->uid = le32_get(disk.uid);
    out->gid = le32_get(disk.gid);
    out->major = le32_get(disk.device) >> DEVICE_MINOR_BITS;
    out->minor = le32_get(disk.device) & ((1u << DEVICE_MINOR_BITS) - 1);
    out->atime = time_get(disk.atime, disk.atime_ns);
    out->mtime = time_get(disk.mtime, disk.mtime_ns);
    out->ctime = time_get(disk.ctime, disk.ctime_ns);
}

/* Entries: how far it is to the next one (0: the last), lengths of value and name, name, value. */
int ntfs_lxfs_xattrs(struct ntfs_metadata *out, const uint8_t *value, size_t n, struct arena *arena,
                     struct error *err)
{
    struct le16 value_length;
    struct le32 next;

    for (size_t at = LIST_HEAD_BYTES; at < n;) {
        if (n - at < XATTR_HEAD_BYTES)
            return error_set(err, ERROR_DAMAGED, "its attribute LXXATTR ends early");
        memcpy(&next, value + at, sizeof(next));
        memcpy(&value_length, value + at + 4, sizeof(value_length));
        size_t name_n = value[at + 6], value_n = le16_get(value_length);
        const uint8_t *name = value + at + XATTR_HEAD_BYTES;
        if (name_n + value_n > n - at - XATTR_HEAD_BYTES)
            return error_set(err, ERROR_DAMAGED, "its attribute LXXATTR ends early");
        if (name_n == 0 || memchr(name, '\0', name_n))
            out->n_ignored++;
        else if (ntfs_metadata_xattr(out, arena, (const char *)name, name_n, name + name_n, value_n,
                                     err) < 0)
            return -1;
        if (le32_get(next) == 0)
            return 0;
        if (le32_get(next) < XATTR_HEAD_BYTES + name_n + value_n || le32_get(next) > n - at)
            return error_set(err, ERROR_DAMAGED, "its attribute LXXATTR leads astray");
        at += le32_get(next);
    }
    return 0;
}

/* ---- names ---- */

/* The value of an upper-case hexadecimal digit, -1 for none. */
static int digit_value(uint16_t unit)
{
    if (unit >= '0' && unit <= '9')
        return unit - '0';
    return unit >= 'A' && unit <= 'F' ? unit - 'A' + 10 : -1;
}

size_t ntfs_lxfs_unescape(uint16_t *units, size_t n)
{
    size_t to = 0;
    for (size_t at = 0; at < n;) {
        int value = units[at] == '#' && n - at >= ESCAPE_UNITS ? 0 : -1;
        for (int i = 1; value >= 0 && i < ESCAPE_UNITS; i++) {
            int digit = digit_value(units[at + (size_t)i]);
            value = digit < 0 ? -1 : value << 4 | digit;
        }
        units[to++] = value > 0 ? (uint16_t)value : units[at];
        at += value > 0 ? ESCAPE_UNITS : 1;
    }
    return to;
}
