/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_reset.h"

#include <string.h>

#include "image/filter/filter_base.h"
#include "image/filter/filter_exclude.h"

static const char *const own[] = {
    "/etc/ssh/ssh_host_*_key",
    "/etc/ssh/ssh_host_*_key.pub",
    "/var/lib/dbus/machine-id",
    "/var/lib/systemd/random-seed",
    "/var/lib/systemd/credential.secret",
    NULL,
};

static int reset_change(struct filter_base *base, struct entry *entry, struct error *err UNUSED)
{
    if (entry->type == ENTRY_FILE && strcmp(entry->path, "etc/machine-id") == 0) {
        entry->size = 0;
        base->empty = true;
    }
    return 1;
}

static const struct filter_ops reset_ops = {
    .change = reset_change,
};

int filter_reset(struct source **out, struct source *inner, struct error *err)
{
    struct source *rest;
    if (filter_exclude(&rest, inner, own, err) < 0)
        return -1;
    struct filter_base *self = filter_base_new(sizeof(*self), &reset_ops, rest, err);
    if (!self)
        return -1;
    *out = &self->source;
    return 0;
}
