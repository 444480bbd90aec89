/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_reparse_read.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_name_read.h"

#define TAG_WINDOWS_SYMLINK UINT32_C(0xa000000c)
#define TAG_JUNCTION        UINT32_C(0xa0000003)

enum {
    VERSION_IN_DATA = 1,
    VERSION = 2,
    SYMLINK_RELATIVE = 1, /* flags of a symbolic link of Windows */
    DEVICE_PREFIX = 4,    /* "\??\" before absolute names */
    DRIVE_LETTERS = 2,    /* "C:" */
};

/* Names in a link of Windows: offsets and lengths in bytes, in what follows. A symbolic link has
 * flags in between. */
struct windows_link_disk {
    struct le16 target;        /* +0: as the system opens it */
    struct le16 target_length; /* +2 */
    struct le16 shown;         /* +4: for people */
    struct le16 shown_length;  /* +6 */
};
static_assert(sizeof(struct windows_link_disk) == 8, "link of Windows");

static int damaged(struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "its reparse point does not fit its form");
}

static int symlink_get(struct ntfs_reparse *out, const uint8_t *data, size_t n, struct error *err)
{
    struct le32 version;
    if (n < sizeof(version))
        return damaged(err);
    memcpy(&version, data, sizeof(version));
    out->type = ENTRY_SYMLINK;
    if (le32_get(version) == VERSION_IN_DATA) {
        out->kind = NTFS_REPARSE_IN_DATA;
        return 0;
    }
    size_t target_n = n - sizeof(version);
    const char *target = (const char *)data + sizeof(version);
    if (le32_get(version) != VERSION || target_n == 0 || target_n > TARGET_BYTES_MAX ||
        memchr(target, '\0', target_n))
        return damaged(err);
    out->target = strndup(target, target_n);
    return out->target ? 0 : error_no_memory(err);
}

static int windows_link_get(struct ntfs_reparse *out, const uint8_t *data, size_t n,
                            struct error *err)
{
    struct windows_link_disk disk;
    struct le32 flags = {{0}};
    size_t head = sizeof(disk) + (out->tag == TAG_WINDOWS_SYMLINK ? sizeof(flags) : 0);
    if (n < head)
        return damaged(err);
    memcpy(&disk, data, sizeof(disk));
    memcpy(&flags, data + sizeof(disk), head - sizeof(disk));
    size_t at = le16_get(disk.target), length = le16_get(disk.target_length);
    if (at % 2 != 0 || length % 2 != 0 || at + length > n - head || length == 0)
        return damaged(err);
    const uint8_t *units = data + head + at;
    bool relative = le32_get(flags) & SYMLINK_RELATIVE;
    if (!relative && length > 2 * DEVICE_PREFIX &&
        memcmp(units, "\\\0?\0?\0\\\0", 2 * (size_t)DEVICE_PREFIX) == 0) {
        units += 2 * DEVICE_PREFIX;
        length -= 2 * DEVICE_PREFIX;
    }
    out->type = ENTRY_SYMLINK;
    out->kind = relative ? NTFS_REPARSE_RELATIVE : NTFS_REPARSE_ABSOLUTE;
    out->target = ntfs_name_path(units, length / 2);
    return out->target ? 0 : error_no_memory(err);
}

int ntfs_reparse_read(struct ntfs_reparse *out, const uint8_t *value, size_t n, struct error *err)
{
    static const struct {
        uint32_t tag;
        enum entry_type type;
    } types[] = {
        {NTFS_TAG_SOCKET, ENTRY_SOCKET},
        {NTFS_TAG_FIFO, ENTRY_FIFO},
        {NTFS_TAG_CHARACTER, ENTRY_CHARACTER},
        {NTFS_TAG_BLOCK, ENTRY_BLOCK},
    };
    struct ntfs_reparse_disk disk;

    *out = (struct ntfs_reparse){0};
    if (n < sizeof(disk))
        return damaged(err);
    memcpy(&disk, value, sizeof(disk));
    const uint8_t *data = value + sizeof(disk);
    size_t data_n = le16_get(disk.length);
    if (data_n > n - sizeof(disk))
        return damaged(err);
    out->tag = le32_get(disk.tag);
    if (out->tag == NTFS_TAG_SYMLINK)
        return symlink_get(out, data, data_n, err);
    if (out->tag == TAG_WINDOWS_SYMLINK || out->tag == TAG_JUNCTION)
        return windows_link_get(out, data, data_n, err);
    for (size_t i = 0; i < array_length(types); i++) {
        if (types[i].tag == out->tag) {
            out->type = types[i].type;
            return 0;
        }
    }
    out->kind = NTFS_REPARSE_FOREIGN;
    return 0;
}

const char *ntfs_reparse_on_drive(const char *target)
{
    bool drive = isalpha((unsigned char)target[0]) && target[1] == ':';
    return drive ? target + DRIVE_LETTERS : NULL;
}

char *ntfs_reparse_drive_path(const char *target)
{
    char *path = NULL;
    const char *below = ntfs_reparse_on_drive(target);
    if (!below)
        return strdup(target);
    return asprintf(&path, "/mnt/%c%s", tolower((unsigned char)target[0]), below) < 0 ? NULL : path;
}
