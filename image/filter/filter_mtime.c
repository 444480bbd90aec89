/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_mtime.h"

#include "image/filter/filter_base.h"

struct clamp {
    struct filter_base base;
    int64_t latest;
    bool all;
};

static void time_clamp(struct entry_time *time, const struct clamp *self)
{
    if (self->all || time->seconds >= self->latest)
        *time = (struct entry_time){.seconds = self->latest};
}

static int clamp_change(struct filter_base *base, struct entry *entry, struct error *err UNUSED)
{
    const struct clamp *self = (const struct clamp *)base;
    time_clamp(&entry->mtime, self);
    time_clamp(&entry->atime, self);
    time_clamp(&entry->ctime, self);
    time_clamp(&entry->crtime, self);
    return 1;
}

static const struct filter_ops clamp_ops = {
    .change = clamp_change,
};

int filter_mtime(struct source **out, struct source *inner, int64_t seconds, bool all,
                 struct error *err)
{
    struct clamp *self = filter_base_new(sizeof(*self), &clamp_ops, inner, err);
    if (!self)
        return -1;
    self->latest = seconds;
    self->all = all;
    *out = &self->base.source;
    return 0;
}
