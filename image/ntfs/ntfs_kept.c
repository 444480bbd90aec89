/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_kept.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "image/kept.h"
#include "image/ntfs/ntfs_eas.h"
#include "image/ntfs/ntfs_name.h"
#include "image/ntfs/ntfs_name_read.h"
#include "image/ntfs/ntfs_time.h"

/* ---- names ---- */

/* A part of a path at to, as it is read back; returns its bytes. */
static size_t name_kept(char *to, const char *text, size_t n)
{
    struct ntfs_name name;
    struct le16 units[NTFS_NAME_UNITS_MAX];
    char back[NTFS_NAME_TEXT_BYTES];
    bool whole;

    ntfs_name_make(&name, text, n);
    for (size_t i = 0; i < name.length; i++)
        units[i] = le16_put(name.units[i]);
    size_t bytes = ntfs_name_text((const uint8_t *)units, name.length, NTFS_WSLFS, back, &whole);
    memcpy(to, back, bytes);
    return bytes;
}

static int path_kept(const char **path, struct arena *arena, struct error *err)
{
    const char *from = *path;
    /* A byte becomes three at most, as U+FFFD; a name may get a suffix beside. */
    size_t names = 1;
    for (const char *at = from; *at; at++)
        names += *at == '/';
    char *out = arena_alloc(arena, 3 * strlen(from) + names * (NTFS_NAME_SUFFIX_UNITS + 1) + 1);
    size_t n = 0;

    if (!out)
        return error_no_memory(err);
    while (*from) {
        size_t part = strcspn(from, "/");
        n += name_kept(out + n, from, part);
        from += part;
        if (*from == '/')
            out[n++] = *from++;
    }
    *path = out;
    return 0;
}

/* ---- attributes ---- */

struct xattrs {
    struct arena *arena;
    const struct xattr *before; /* what the entry had */
    bool kept[TREE_XATTRS_MAX];
    size_t n, used;
    bool failed;
};

static bool xattr_kept(void *context, struct xattr *xattr)
{
    struct xattrs *self = context;
    size_t i = self->n++;
    bool twice = i >= TREE_XATTRS_MAX;

    for (size_t j = 0; j < i && !twice; j++)
        twice = self->kept[j] && ntfs_xattr_same(xattr->name, self->before[j].name);
    if (twice)
        return false;
    self->kept[i] = ntfs_xattr_is_kept(ntfs_xattr_fate(xattr->name, xattr->size, &self->used));
    char *name = arena_copy(self->arena, xattr->name, strlen(xattr->name));
    self->failed |= !name;
    for (char *at = name; at && *at; at++)
        *at = (char)tolower((unsigned char)*at);
    xattr->name = name;
    return self->kept[i];
}

static int xattrs_kept(struct entry *entry, struct arena *arena, struct error *err)
{
    if (entry->n_xattrs == 0)
        return 0;
    AUTO_FREE struct xattrs *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->arena = arena;
    self->before = entry->xattrs;
    self->used = NTFS_EAS_BASE_BYTES;
    if (kept_xattrs(entry, arena, xattr_kept, self, err) < 0)
        return -1;
    return self->failed ? error_no_memory(err) : 0;
}

/* ---- all of it ---- */

int ntfs_kept_entry(struct entry *entry, struct arena *arena, struct error *err)
{
    struct entry_time *const times[] = {&entry->mtime, &entry->atime, &entry->ctime,
                                        &entry->crtime};
    bool exact;

    if (path_kept(&entry->path, arena, err) < 0)
        return -1;
    if (entry->type == ENTRY_LINK)
        return path_kept(&entry->target, arena, err);
    for (size_t i = 0; i < array_length(times); i++)
        *times[i] = ntfs_time_back(ntfs_time(times[i], &exact));
    if (entry->uid == UINT32_MAX)
        entry->uid = 0;
    if (entry->gid == UINT32_MAX)
        entry->gid = 0;
    return xattrs_kept(entry, arena, err);
}
