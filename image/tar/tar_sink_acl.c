/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The form of the attributes is told in tar_xattr.c. */
#include "image/tar/tar_sink_acl.h"

#include <limits.h>
#include <string.h>

#include "core/attributes.h"
#include "core/le.h"
#include "core/libarchive.h"

enum {
    HEADER_BYTES = 4,
    ENTRY_BYTES = 8,
    ACL_VERSION = 2,
    ENTRIES_MAX = 8192, /* an attribute has 64 KiB at most */
    BASE_ENTRIES = 3,   /* owner, owning group, others: what a mode says */
};

enum acl_tag {
    ACL_USER_OBJ = 0x01,
    ACL_USER = 0x02,
    ACL_GROUP_OBJ = 0x04,
    ACL_GROUP = 0x08,
    ACL_MASK = 0x10,
    ACL_OTHER = 0x20,
};

struct acl_entry {
    uint16_t tag, permissions;
    uint32_t id;
};

static struct acl_entry acl_get(const struct xattr *xattr, size_t i)
{
    struct {
        struct le16 tag;         /* +0 */
        struct le16 permissions; /* +2 */
        struct le32 id;          /* +4 */
    } disk;
    memcpy(&disk, (const uint8_t *)xattr->value + HEADER_BYTES + i * ENTRY_BYTES, sizeof(disk));
    return (struct acl_entry){
        .tag = le16_get(disk.tag),
        .permissions = le16_get(disk.permissions),
        .id = le32_get(disk.id),
    };
}

static int archive_tag(uint16_t tag)
{
    switch (tag) {
    case ACL_USER_OBJ:
        return ARCHIVE_ENTRY_ACL_USER_OBJ;
    case ACL_USER:
        return ARCHIVE_ENTRY_ACL_USER;
    case ACL_GROUP_OBJ:
        return ARCHIVE_ENTRY_ACL_GROUP_OBJ;
    case ACL_GROUP:
        return ARCHIVE_ENTRY_ACL_GROUP;
    case ACL_MASK:
        return ARCHIVE_ENTRY_ACL_MASK;
    case ACL_OTHER:
        return ARCHIVE_ENTRY_ACL_OTHER;
    default:
        return 0;
    }
}

static bool names_somebody(uint16_t tag)
{
    return tag == ACL_USER || tag == ACL_GROUP;
}

/* An archive has a list as text, and the mode beside it: every entry must have a form there. */
static bool entry_fits(const struct acl_entry *entry)
{
    if (archive_tag(entry->tag) == 0 || entry->permissions > 7)
        return false;
    return names_somebody(entry->tag) ? entry->id <= INT_MAX : entry->id == UINT32_MAX;
}

static bool is_behind(const struct acl_entry *entry, const struct acl_entry *before)
{
    return entry->tag != before->tag ? entry->tag > before->tag : entry->id > before->id;
}

/* The number of entries; 0 where the list cannot go in as one. */
static size_t acl_check(const struct xattr *xattr, bool access, uint16_t mode)
{
    struct acl_entry before = {0};
    struct le32 version;
    unsigned tags = 0;
    uint16_t group = 0;

    if (xattr->size < HEADER_BYTES || (xattr->size - HEADER_BYTES) % ENTRY_BYTES != 0)
        return 0;
    memcpy(&version, xattr->value, sizeof(version));
    size_t n = (xattr->size - HEADER_BYTES) / ENTRY_BYTES;
    if (le32_get(version) != ACL_VERSION || n < BASE_ENTRIES || n > ENTRIES_MAX ||
        (access && n == BASE_ENTRIES))
        return 0;
    for (size_t i = 0; i < n; i++) {
        struct acl_entry entry = acl_get(xattr, i);
        if (!entry_fits(&entry) || (i > 0 && !is_behind(&entry, &before)))
            return 0;
        if (access && entry.tag == ACL_USER_OBJ && entry.permissions != (mode >> 6 & 7))
            return 0;
        if (access && entry.tag == ACL_OTHER && entry.permissions != (mode & 7))
            return 0;
        if (entry.tag == ACL_MASK || entry.tag == ACL_GROUP_OBJ)
            group = entry.permissions;
        tags |= entry.tag;
        before = entry;
    }
    if ((tags & (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER)) !=
        (ACL_USER_OBJ | ACL_GROUP_OBJ | ACL_OTHER))
        return 0;
    return access && group != (mode >> 3 & 7) ? 0 : n;
}

static int archive_permissions(uint16_t permissions)
{
    return (permissions & 4 ? ARCHIVE_ENTRY_ACL_READ : 0) |
           (permissions & 2 ? ARCHIVE_ENTRY_ACL_WRITE : 0) |
           (permissions & 1 ? ARCHIVE_ENTRY_ACL_EXECUTE : 0);
}

bool tar_sink_acl(struct archive_entry *member, const struct xattr *xattr, uint16_t mode)
{
    bool access = strcmp(xattr->name, "system.posix_acl_access") == 0;
    if (!access && strcmp(xattr->name, "system.posix_acl_default") != 0)
        return false;

    int type = access ? ARCHIVE_ENTRY_ACL_TYPE_ACCESS : ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
    size_t n = acl_check(xattr, access, mode);
    for (size_t i = 0; i < n; i++) {
        struct acl_entry entry = acl_get(xattr, i);
        libarchive()->entry_acl_add_entry(member, type, archive_permissions(entry.permissions),
                                          archive_tag(entry.tag),
                                          names_somebody(entry.tag) ? (int)entry.id : -1, NULL);
    }
    return n > 0;
}
