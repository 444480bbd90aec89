/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_base.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"

static int base_next(struct source *source, const struct entry **out, struct error *err)
{
    struct filter_base *self = (struct filter_base *)source;
    const struct entry *entry;
    int rc;

    self->passed = false;
    while ((rc = source_next(self->inner, &entry, err)) > 0) {
        self->entry = *entry;
        self->empty = false;
        int keep = self->ops->change(self, &self->entry, err);
        if (keep < 0)
            return -1;
        if (keep) {
            self->passed = true;
            *out = &self->entry;
            return 1;
        }
        if (cancel_check(err) < 0)
            return -1;
    }
    if (rc == 0 && self->ops->end)
        return self->ops->end(self, err);
    return rc;
}

static int base_content(struct source *source, struct content *out, struct error *err)
{
    struct filter_base *self = (struct filter_base *)source;
    return self->passed && !self->empty ? source_content(self->inner, out, err) : 0;
}

static int base_map(struct source *source, const struct data_extent **out, size_t *n,
                    struct error *err)
{
    struct filter_base *self = (struct filter_base *)source;
    return self->passed && !self->empty ? source_map(self->inner, out, n, err) : 0;
}

static void base_close(struct source *source)
{
    struct filter_base *self = (struct filter_base *)source;
    if (self->ops->free)
        self->ops->free(self);
    source_close(self->inner);
    free(self->xattrs);
    free(self);
}

static const struct source_ops base_ops = {
    .next = base_next,
    .content = base_content,
    .map = base_map,
    .close = base_close,
};

void *filter_base_new(size_t size, const struct filter_ops *ops, struct source *inner,
                      struct error *err)
{
    struct filter_base *self = calloc(1, size);
    if (!self) {
        source_close(inner);
        error_no_memory(err);
        return NULL;
    }
    self->source.ops = &base_ops;
    self->ops = ops;
    self->inner = inner;
    return self;
}

int filter_base_xattrs(struct filter_base *self, struct xattr **out, struct error *err)
{
    size_t n = self->entry.n_xattrs;
    if (n > self->xattrs_size) {
        struct xattr *xattrs = reallocarray(self->xattrs, n, sizeof(*xattrs));
        if (!xattrs)
            return error_no_memory(err);
        self->xattrs = xattrs;
        self->xattrs_size = n;
    }
    if (n > 0)
        memcpy(self->xattrs, self->entry.xattrs, n * sizeof(*self->xattrs));
    self->entry.xattrs = self->xattrs;
    *out = self->xattrs;
    return 0;
}
