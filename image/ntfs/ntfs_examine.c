/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_examine.h"

#include <string.h>

#include "image/ntfs/ntfs_carrier_make.h"
#include "image/ntfs/ntfs_eas.h"
#include "image/ntfs/ntfs_name.h"
#include "image/ntfs/ntfs_time.h"

enum {
    UNIT_NS = 100,
};

static void names_examine(const struct entry *entry, struct events *events)
{
    const char *slash = strrchr(entry->path, '/');
    const char *text = slash ? slash + 1 : entry->path;
    struct ntfs_name name;

    if (!ntfs_name_make(&name, text, strlen(text)))
        event_loss(events, "name", entry->path,
                   "the name has no form that reads back the same; it gets another one");
}

static void times_examine(const struct entry *entry, struct events *events)
{
    const struct entry_time *const times[] = {&entry->mtime, &entry->atime, &entry->ctime};
    bool exact = true, fine = true;
    for (size_t i = 0; i < array_length(times); i++) {
        ntfs_time(times[i], &exact);
        fine &= times[i]->nanoseconds % UNIT_NS == 0;
    }
    if (!exact)
        event_loss(events, "time", entry->path, "a time outside the years 1601 to 30828");
    if (!fine)
        event_loss(events, "time", entry->path, "what a time has below 100 ns");
}

static void xattr_tell(const struct entry *entry, size_t i, enum ntfs_xattr_fate fate,
                       struct events *events)
{
    static const char *const words[] = {
        [NTFS_XATTR_FOLDED] = "its capital letters come back as small ones",
        [NTFS_XATTR_HOST] = "it means nothing to the translation backend",
        [NTFS_XATTR_SPACE] = "only security, trusted and user have a place",
        [NTFS_XATTR_NAME] = "Windows allows no such name",
        [NTFS_XATTR_TWICE] = "in capital letters it is the same as another one",
        [NTFS_XATTR_NO_ROOM] = "all attributes of a file together have 64 KiB",
    };
    if (fate != NTFS_XATTR_KEPT && fate != NTFS_XATTR_ACL) /* ACLs are told by the features */
        event_loss(events, "xattr", entry->path, "extended attribute %s (%s)",
                   entry->xattrs[i].name, words[fate]);
}

static void xattrs_examine(const struct entry *entry, struct events *events)
{
    bool kept[TREE_XATTRS_MAX]; /* a tree refuses more */
    size_t used = NTFS_EAS_BASE_BYTES;

    for (size_t i = 0; i < entry->n_xattrs && i < TREE_XATTRS_MAX; i++) {
        const struct xattr *xattr = &entry->xattrs[i];
        bool twice = false;
        for (size_t j = 0; j < i && !twice; j++)
            twice = kept[j] && ntfs_xattr_same(xattr->name, entry->xattrs[j].name);
        enum ntfs_xattr_fate fate =
            twice ? NTFS_XATTR_TWICE : ntfs_xattr_fate(xattr->name, xattr->size, &used);
        kept[i] = ntfs_xattr_is_kept(fate);
        xattr_tell(entry, i, fate, events);
    }
}

void ntfs_examine_entry(const struct entry *entry, struct events *events)
{
    names_examine(entry, events);
    if (entry->type == ENTRY_LINK)
        return;
    times_examine(entry, events);
    xattrs_examine(entry, events);
    if (entry->uid == UINT32_MAX || entry->gid == UINT32_MAX)
        event_loss(events, "owner", entry->path, "an owner of -1, which reads back as root");
}

void ntfs_examine_carrier(const struct entry *entry, struct events *events)
{
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        if (!ntfs_carrier_holds(entry->xattrs[i].name))
            event_loss(events, "xattr", entry->path, "extended attribute %.40s... (%s)",
                       entry->xattrs[i].name, "its name is longer than the 255 bytes of Linux");
    }
}
