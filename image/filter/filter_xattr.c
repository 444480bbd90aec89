/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_xattr.h"

#include <string.h>

#include "image/filter/filter_base.h"

static bool is_hosts(const struct xattr *xattr)
{
    static const char *const names[] = {"security.selinux", "security.ima", "security.evm"};
    for (size_t i = 0; i < array_length(names); i++) {
        if (strcmp(xattr->name, names[i]) == 0)
            return true;
    }
    return false;
}

static int xattr_change(struct filter_base *base, struct entry *entry, struct error *err)
{
    struct xattr *xattrs;
    size_t kept = 0;

    if (filter_base_xattrs(base, &xattrs, err) < 0)
        return -1;
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        if (!is_hosts(&xattrs[i]))
            xattrs[kept++] = xattrs[i];
    }
    entry->n_xattrs = kept;
    return 1;
}

static const struct filter_ops xattr_ops = {
    .change = xattr_change,
};

int filter_xattr(struct source **out, struct source *inner, struct error *err)
{
    struct filter_base *self = filter_base_new(sizeof(*self), &xattr_ops, inner, err);
    if (!self)
        return -1;
    *out = &self->source;
    return 0;
}
