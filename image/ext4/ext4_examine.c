/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_examine.h"

#include "image/ext4/ext4_attrs.h"
#include "image/ext4/ext4_inode.h"
#include "image/kept.h"

static bool time_fits(const struct entry_time *time)
{
    return ext4_inode_seconds(time->seconds) == time->seconds;
}

void ext4_examine_entry(const struct entry *entry, struct events *events)
{
    if (entry->type == ENTRY_LINK)
        return;
    if (!time_fits(&entry->mtime) || !time_fits(&entry->atime) || !time_fits(&entry->ctime) ||
        !time_fits(&entry->crtime))
        event_loss(events, "time", entry->path,
                   "a time outside the years 1901 to 2446, which ext4 has");
    for (size_t i = 0; i < entry->n_xattrs; i++)
        if (!ext4_attr_known(entry->xattrs[i].name))
            event_loss(events, "xattr", entry->path,
                       "extended attribute %s (ext4 has no such name space)",
                       entry->xattrs[i].name);
}

static bool is_known(UNUSED void *context, struct xattr *xattr)
{
    return ext4_attr_known(xattr->name);
}

int ext4_kept_entry(struct entry *entry, struct arena *arena, struct error *err)
{
    struct entry_time *const times[] = {&entry->mtime, &entry->atime, &entry->ctime,
                                        &entry->crtime};
    for (size_t i = 0; i < array_length(times); i++)
        times[i]->seconds = ext4_inode_seconds(times[i]->seconds);
    return kept_xattrs(entry, arena, is_known, NULL, err);
}
