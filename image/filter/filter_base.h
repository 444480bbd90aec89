/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every filter is made of: a source that owns the source below it, looks at each entry as it
 * goes by, and lets content pass untouched. A filter adds what it does to one entry. */
#ifndef LXKIT_IMAGE_FILTER_BASE_H
#define LXKIT_IMAGE_FILTER_BASE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "image/source.h"

struct filter_base;

struct filter_ops {
    /* entry is the filter's own copy, its strings and lists are not: 1 to pass it on as it now is,
     * 0 to leave it out, negative on error. */
    int (*change)(struct filter_base *self, struct entry *entry, struct error *err);
    /* The tree is complete. May be NULL. */
    int (*end)(struct filter_base *self, struct error *err);
    /* Frees what the filter holds, not itself. May be NULL. */
    void (*free)(struct filter_base *self);
};

/* The first member of each filter. */
struct filter_base {
    struct source source;
    const struct filter_ops *ops;
    struct source *inner;
    struct entry entry; /* the current one */
    bool passed;        /* entry was passed on: its content may be asked for */
    bool empty;         /* a filter says that it has none, whatever is below */
    struct xattr *xattrs;
    size_t xattrs_size;
};

/* size zeroed bytes that begin with a filter_base over inner, which is owned, also on failure (NULL
 * with *err set). Released by source_close(). */
void *filter_base_new(size_t size, const struct filter_ops *ops, struct source *inner,
                      struct error *err) MUST_CHECK;

/* Gives the current entry a list of attributes that the filter may write to, with the same names
 * and values; *out is the list, entry->n_xattrs long. */
int filter_base_xattrs(struct filter_base *self, struct xattr **out, struct error *err) MUST_CHECK;

#endif
