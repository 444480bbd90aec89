/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_tell.h"

#include <stdlib.h>
#include <string.h>

/* Files that only Windows made or edited; a link of WSL need not have any. */
static bool is_plain(const struct ntfs_inode_facts *facts, bool root)
{
    return facts->metadata.generation == NTFS_NO_LINUX && !facts->is_reparse && !root;
}

bool ntfs_counts_want(const struct ntfs_counts *counts, const struct ntfs_inode_facts *facts,
                      bool root)
{
    return (is_plain(facts, root) && !counts->plain) || (facts->n_streams > 0 && !counts->streams);
}

int ntfs_counts_add(struct ntfs_counts *counts, const struct ntfs_inode_facts *facts, bool root,
                    const char *path, struct error *err)
{
    bool plain = is_plain(facts, root);
    if (plain && !counts->plain && !(counts->plain = strdup(path)))
        return error_no_memory(err);
    if (facts->n_streams > 0 && !counts->streams && !(counts->streams = strdup(path)))
        return error_no_memory(err);
    counts->n_plain += plain;
    counts->n_streams += facts->n_streams;
    counts->n_ignored += facts->metadata.n_ignored;
    counts->n_stale += facts->carried.n_stale;
    return 0;
}

void ntfs_counts_tell(const struct ntfs_counts *counts, const char *name, struct events *events)
{
    const char *colon = name ? ": " : "";
    if (!name)
        name = "";
    if (counts->n_plain > 0)
        event_warning(events,
                      "%s%s%zu files have no metadata of Linux, as what Windows made or edited "
                      "(the first: %.200s); they belong to root, with mode 755 for directories and "
                      "644 for files",
                      name, colon, counts->n_plain, counts->plain);
    if (counts->n_ignored > 0)
        event_warning(events,
                      "%s%s%zu values of metadata make no sense and are left out, as WSL does",
                      name, colon, counts->n_ignored);
    if (counts->n_stale > 0)
        event_warning(events,
                      "%s%s%zu extended attributes that were kept aside no longer fit their files, "
                      "which were changed since, and are left out",
                      name, colon, counts->n_stale);
    if (counts->n_streams > 0)
        event_warning(events,
                      "%s%s%zu alternate data streams are left out (the first file: %.200s); Linux "
                      "has nothing like them",
                      name, colon, counts->n_streams, counts->streams);
}

void ntfs_counts_free(struct ntfs_counts *counts)
{
    free(counts->plain);
    free(counts->streams);
    *counts = (struct ntfs_counts){0};
}

void ntfs_tell_lost(struct events *events, const char *path, const struct ntfs_inode_facts *facts)
{
    if (facts->is_reparse && facts->reparse.kind == NTFS_REPARSE_FOREIGN)
        event_loss(events, "file", path,
                   "left out: it is a reparse point of Windows (tag 0x%08x), which holds its "
                   "content in a way that only Windows reads",
                   facts->reparse.tag);
    else if (facts->is_encrypted)
        event_loss(events, "file", path, "left out: it is encrypted (EFS); decrypt it in Windows");
    else
        event_loss(events, "file", path,
                   "left out: a symbolic link whose target is empty or longer than %d bytes",
                   TARGET_BYTES_MAX);
}

void ntfs_tell_renamed(struct events *events, const char *path, const char *why)
{
    event_loss(events, "name", path, "its name in Windows %s: it has this one now", why);
}

void ntfs_tell_outside(struct events *events, const char *path, const char *target, const char *now)
{
    event_loss(events, "target", path,
               "a link of Windows to %.200s, which is not in the tree: it leads to %.200s now",
               target, now);
}
