/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_acl.h"

#include <stdbool.h>
#include <string.h>

#include "core/le.h"

enum {
    VERSION_BYTES = 4,
    ATTRIBUTE_VERSION = 2,
    DISK_VERSION = 1,
    LONG_BYTES = 8,  /* of an entry: tag, permissions, id */
    SHORT_BYTES = 4, /* without the id */
    TAG_USER = 0x02, /* tags whose entries name somebody */
    TAG_GROUP = 0x08,
};

static bool names_somebody(const uint8_t *entry)
{
    uint16_t tag = (uint16_t)(entry[0] | entry[1] << 8);
    return tag == TAG_USER || tag == TAG_GROUP;
}

static bool has_version(const uint8_t *list, size_t n, uint32_t version)
{
    struct le32 found;
    if (n < sizeof(found))
        return false;
    memcpy(&found, list, sizeof(found));
    return le32_get(found) == version;
}

static void version_put(uint8_t *to, uint32_t version)
{
    struct le32 bytes = le32_put(version);
    memcpy(to, &bytes, sizeof(bytes));
}

size_t ext4_acl_size(const uint8_t *value, size_t n)
{
    if (!has_version(value, n, ATTRIBUTE_VERSION) || (n - VERSION_BYTES) % LONG_BYTES != 0)
        return 0;
    size_t size = VERSION_BYTES;
    for (size_t at = VERSION_BYTES; at < n; at += LONG_BYTES)
        size += names_somebody(value + at) ? LONG_BYTES : SHORT_BYTES;
    return size;
}

void ext4_acl_put(uint8_t *to, const uint8_t *value, size_t n)
{
    version_put(to, DISK_VERSION);
    to += VERSION_BYTES;
    for (size_t at = VERSION_BYTES; at < n; at += LONG_BYTES) {
        size_t length = names_somebody(value + at) ? LONG_BYTES : SHORT_BYTES;
        memcpy(to, value + at, length);
        to += length;
    }
}

/* The length of the entry at the front of n bytes; 0: it is cut short. */
static size_t disk_entry(const uint8_t *entry, size_t n)
{
    if (n < SHORT_BYTES)
        return 0;
    size_t length = names_somebody(entry) ? LONG_BYTES : SHORT_BYTES;
    return length <= n ? length : 0;
}

size_t ext4_acl_attribute_size(const uint8_t *disk, size_t n)
{
    if (!has_version(disk, n, DISK_VERSION))
        return 0;
    size_t size = VERSION_BYTES;
    for (size_t at = VERSION_BYTES, length; at < n; at += length) {
        length = disk_entry(disk + at, n - at);
        if (length == 0)
            return 0;
        size += LONG_BYTES;
    }
    return size;
}

void ext4_acl_attribute_put(uint8_t *to, const uint8_t *disk, size_t n)
{
    version_put(to, ATTRIBUTE_VERSION);
    to += VERSION_BYTES;
    for (size_t at = VERSION_BYTES, length; at < n; at += length) {
        length = disk_entry(disk + at, n - at);
        memset(to, 0xff, LONG_BYTES); /* the id that names nobody */
        memcpy(to, disk + at, length);
        to += LONG_BYTES;
    }
}
