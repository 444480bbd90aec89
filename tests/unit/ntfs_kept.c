/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/ntfs_kept.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/le.h"
#include "image/arena.h"
#include "image/ntfs/ntfs_eas.h"
#include "image/ntfs/ntfs_name.h"
#include "image/ntfs/ntfs_name_read.h"

enum {
    UNIT_NS = 100,
};

struct kept_source {
    struct source source;
    struct source *inner;
    struct arena arena;
    struct entry entry;
};

/* A part of a path at to, as it is read back; returns its bytes. */
static size_t name_map(char *to, const char *text, size_t n)
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

static const char *path_map(struct kept_source *self, const char *path)
{
    char *out = arena_alloc(&self->arena, 3 * strlen(path) + NTFS_NAME_TEXT_BYTES);
    size_t n = 0;

    while (out && *path) {
        const char *slash = strchr(path, '/');
        size_t part = slash ? (size_t)(slash - path) : strlen(path);
        char *at = arena_alloc(&self->arena, n + NTFS_NAME_TEXT_BYTES + 2);
        if (!at)
            return NULL;
        memcpy(at, out, n);
        out = at;
        n += name_map(out + n, path, part);
        path += part;
        if (*path == '/')
            out[n++] = *path++;
    }
    return out;
}

static struct entry_time time_map(struct entry_time time)
{
    time.nanoseconds -= time.nanoseconds % UNIT_NS;
    return time;
}

static int xattrs_map(struct kept_source *self, struct error *err)
{
    struct entry *entry = &self->entry;
    struct xattr *list = arena_alloc(&self->arena, (entry->n_xattrs + 1) * sizeof(*list));
    size_t used = NTFS_EAS_BASE_BYTES, n = 0;

    if (!list)
        return error_no_memory(err);
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct xattr *xattr = &entry->xattrs[i];
        bool twice = false;
        for (size_t j = 0; j < i; j++)
            twice |= strcasecmp(xattr->name, entry->xattrs[j].name) == 0;
        if (twice || !ntfs_xattr_is_kept(ntfs_xattr_fate(xattr->name, xattr->size, &used)))
            continue;
        char *name = arena_copy(&self->arena, xattr->name, strlen(xattr->name));
        if (!name)
            return error_no_memory(err);
        for (char *at = name; *at; at++)
            *at = (char)tolower((unsigned char)*at);
        list[n] = *xattr;
        list[n++].name = name;
    }
    entry->xattrs = list;
    entry->n_xattrs = n;
    return 0;
}

static int kept_next(struct source *source, const struct entry **out, struct error *err)
{
    struct kept_source *self = (struct kept_source *)source;
    const struct entry *inner;
    int rc = source_next(self->inner, &inner, err);
    if (rc <= 0)
        return rc;
    arena_free(&self->arena);
    self->arena = (struct arena){0};
    self->entry = *inner;
    self->entry.path = path_map(self, inner->path);
    if (inner->type == ENTRY_LINK)
        self->entry.target = path_map(self, inner->target);
    if (!self->entry.path || (inner->type == ENTRY_LINK && !self->entry.target))
        return error_no_memory(err);
    self->entry.mtime = time_map(inner->mtime);
    self->entry.atime = time_map(inner->atime);
    self->entry.ctime = time_map(inner->ctime);
    self->entry.crtime = time_map(inner->crtime);
    *out = &self->entry;
    return xattrs_map(self, err) < 0 ? -1 : 1;
}

static int kept_content(struct source *source, struct content *out, struct error *err)
{
    return source_content(((struct kept_source *)source)->inner, out, err);
}

static void kept_close(struct source *source)
{
    struct kept_source *self = (struct kept_source *)source;
    arena_free(&self->arena);
    source_close(self->inner);
    free(self);
}

int ntfs_kept(struct source **out, struct source *inner, struct error *err)
{
    static const struct source_ops ops = {
        .next = kept_next,
        .content = kept_content,
        .close = kept_close,
    };
    struct kept_source *self = calloc(1, sizeof(*self));
    if (!self) {
        source_close(inner);
        return error_no_memory(err);
    }
    self->source.ops = &ops;
    self->inner = inner;
    *out = &self->source;
    return 0;
}
