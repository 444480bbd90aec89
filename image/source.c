/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/source.h"

int source_next(struct source *self, const struct entry **out, struct error *err)
{
    return self->ops->next(self, out, err);
}

int source_content(struct source *self, struct content *out, struct error *err)
{
    return self->ops->content(self, out, err);
}

int source_map(struct source *self, const struct data_extent **out, size_t *n, struct error *err)
{
    return self->ops->map ? self->ops->map(self, out, n, err) : 0;
}

void source_close(struct source *self)
{
    if (self)
        self->ops->close(self);
}
