/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_mtime.h"

#include "image/filter/filter_base.h"

struct clamp {
    struct filter_base base;
    int64_t latest;
};

static void time_clamp(struct entry_time *time, int64_t latest)
{
    if (time->seconds >= latest)
        *time = (struct entry_time){.seconds = latest};
}

static int clamp_change(struct filter_base *base, struct entry *entry, struct error *err UNUSED)
{
    int64_t latest = ((struct clamp *)base)->latest;
    time_clamp(&entry->mtime, latest);
    time_clamp(&entry->atime, latest);
    time_clamp(&entry->ctime, latest);
    time_clamp(&entry->crtime, latest);
    return 1;
}

static const struct filter_ops clamp_ops = {
    .change = clamp_change,
};

int filter_mtime(struct source **out, struct source *inner, int64_t seconds, struct error *err)
{
    struct clamp *self = filter_base_new(sizeof(*self), &clamp_ops, inner, err);
    if (!self)
        return -1;
    self->latest = seconds;
    *out = &self->base.source;
    return 0;
}
