/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/kept.h"

#include <stdlib.h>
#include <string.h>

#include "image/text_set.h"

struct kept {
    struct source source;
    struct source *inner;
    struct sink *sink;
    struct arena arena; /* of the current entry */
    struct entry entry;
    struct text_set omitted; /* paths that are not there */
};

/* ---- attributes ---- */

int kept_xattrs(struct entry *entry, struct arena *arena,
                bool (*keep)(void *context, struct xattr *xattr), void *context, struct error *err)
{
    size_t n = 0;
    if (entry->n_xattrs == 0)
        return 0;
    struct xattr *list = arena_copy(arena, entry->xattrs, entry->n_xattrs * sizeof(*list));
    if (!list)
        return error_no_memory(err);
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        struct xattr xattr = list[i];
        if (keep(context, &xattr))
            list[n++] = xattr;
    }
    entry->xattrs = list;
    entry->n_xattrs = n;
    return 0;
}

static bool has_place(void *context, struct xattr *xattr)
{
    const unsigned *features = context;
    bool acl = strncmp(xattr->name, "system.posix_acl_", strlen("system.posix_acl_")) == 0;
    return *features & (acl ? SINK_ACLS : SINK_XATTRS);
}

/* ---- what is not there ---- */

static bool is_omitted(const struct kept *self, const struct entry *entry)
{
    unsigned features = self->sink->ops->features;
    switch (entry->type) {
    case ENTRY_SOCKET:
        return !(features & SINK_SOCKETS);
    case ENTRY_CHARACTER:
    case ENTRY_BLOCK:
        return !(features & SINK_DEVICES);
    case ENTRY_LINK:
        return text_set_has(&self->omitted, entry->target);
    default:
        return false;
    }
}

/* ---- the source ---- */

static int features_apply(struct kept *self, struct error *err)
{
    struct entry *entry = &self->entry;
    unsigned features = self->sink->ops->features;

    if (!(features & SINK_FLAGS))
        entry->flags = 0;
    if (!(features & SINK_NANOSECONDS))
        entry->mtime.nanoseconds = 0;
    if ((features & SINK_ACLS) && (features & SINK_XATTRS))
        return 0;
    return kept_xattrs(entry, &self->arena, has_place, &features, err);
}

static int kept_next(struct source *source, const struct entry **out, struct error *err)
{
    struct kept *self = (struct kept *)source;
    const struct entry *inner;
    int rc;

    while ((rc = source_next(self->inner, &inner, err)) > 0 && is_omitted(self, inner)) {
        if (text_set_add(&self->omitted, inner->path, err) < 0)
            return -1;
    }
    if (rc <= 0)
        return rc;
    arena_free(&self->arena);
    self->arena = (struct arena){0};
    self->entry = *inner;
    if (features_apply(self, err) < 0 ||
        (self->sink->ops->kept &&
         self->sink->ops->kept(self->sink, &self->entry, &self->arena, err) < 0))
        return -1;
    *out = &self->entry;
    return 1;
}

static int kept_content(struct source *source, struct content *out, struct error *err)
{
    return source_content(((struct kept *)source)->inner, out, err);
}

static void kept_close(struct source *source)
{
    struct kept *self = (struct kept *)source;
    arena_free(&self->arena);
    text_set_free(&self->omitted);
    source_close(self->inner);
    free(self);
}

int source_kept(struct source **out, struct source *inner, struct sink *sink, struct error *err)
{
    static const struct source_ops ops = {
        .next = kept_next,
        .content = kept_content,
        .close = kept_close,
    };
    struct kept *self = calloc(1, sizeof(*self));
    if (!self) {
        source_close(inner);
        return error_no_memory(err);
    }
    self->source.ops = &ops;
    self->inner = inner;
    self->sink = sink;
    *out = &self->source;
    return 0;
}
