/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sink: a tree being made on some medium.
 *
 *     begin, then put once per entry in any order, then finish; close at any time.
 *
 * An entry may come before its parents, twice (the last one counts, as in tar) and, for a link,
 * before its target. */
#ifndef LXKIT_IMAGE_SINK_H
#define LXKIT_IMAGE_SINK_H

#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/source.h"

/* What a sink can hold. */
enum sink_features {
    SINK_OWNERS = 1 << 0,
    SINK_MODES = 1 << 1,
    SINK_NANOSECONDS = 1 << 2,
    SINK_XATTRS = 1 << 3,
    SINK_ACLS = 1 << 4,
    SINK_DEVICES = 1 << 5,
    SINK_SOCKETS = 1 << 6,
    SINK_HOLES = 1 << 7,
};

struct sink;

struct sink_ops {
    unsigned features; /* enum sink_features */
    /* Prepares the medium. */
    int (*begin)(struct sink *self, struct error *err);
    /* Takes one entry; the content of an ENTRY_FILE is pulled from content by source_content(). */
    int (*put)(struct sink *self, const struct entry *entry, struct source *content,
               struct error *err);
    /* Everything is there: writes what was kept in memory. The medium is not flushed or closed. */
    int (*finish)(struct sink *self, struct error *err);
    void (*close)(struct sink *self);
};

struct sink {
    const struct sink_ops *ops;
};

int sink_begin(struct sink *self, struct error *err) MUST_CHECK;
int sink_put(struct sink *self, const struct entry *entry, struct source *content,
             struct error *err) MUST_CHECK;
int sink_finish(struct sink *self, struct error *err) MUST_CHECK;
void sink_close(struct sink *self); /* NULL is fine */

static inline void sink_closep(struct sink **sink)
{
    sink_close(*sink);
}

#define AUTO_SINK CLEANUP(sink_closep)

/* begin, put every entry of source, finish. */
int image_copy(struct source *source, struct sink *sink, struct error *err) MUST_CHECK;

#endif
