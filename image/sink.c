/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/sink.h"

#include "core/cancel.h"
#include "image/loss_examine.h"

enum {
    CANCEL_ENTRIES = 64, /* between two looks for a signal, each of which is a system call */
};

int sink_examine(struct sink *self, const struct entry *entry, struct error *err)
{
    loss_examine(self, entry);
    return self->ops->examine ? self->ops->examine(self, entry, err) : 0;
}

int sink_need(struct sink *self, struct sink_need *out, struct error *err)
{
    return self->ops->need ? self->ops->need(self, out, err) : 0;
}

int sink_begin(struct sink *self, struct error *err)
{
    return self->ops->begin(self, err);
}

int sink_put(struct sink *self, const struct entry *entry, struct source *content,
             struct error *err)
{
    return self->ops->put(self, entry, content, err);
}

int sink_finish(struct sink *self, struct error *err)
{
    return self->ops->finish(self, err);
}

void sink_close(struct sink *self)
{
    if (self)
        self->ops->close(self);
}

int image_copy(struct source *source, struct sink *sink, struct error *err)
{
    const struct entry *entry;
    unsigned n = 0;
    int rc;

    if (sink_begin(sink, err) < 0)
        return -1;
    while ((rc = source_next(source, &entry, err)) > 0) {
        if ((n++ % CANCEL_ENTRIES == 0 && cancel_check(err) < 0) ||
            sink_examine(sink, entry, err) < 0 || event_check(sink->events, err) < 0 ||
            sink_put(sink, entry, source, err) < 0)
            return -1;
    }
    if (rc < 0 || event_check(sink->events, err) < 0 || sink_finish(sink, err) < 0)
        return -1;
    return event_check(sink->events, err);
}
