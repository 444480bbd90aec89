/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a library tells while it works. Libraries report events; only programs draw or print.
 *
 * `struct events *` may be NULL everywhere: nobody listens then. Events may come from any
 * thread, as where progress is counted below a read-ahead: the listener takes care of that. */
#ifndef LXKIT_CORE_EVENT_H
#define LXKIT_CORE_EVENT_H

#include <stdarg.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"

enum event_kind {
    EVENT_STEP,     /* a new phase begins: text names it ("writing ext4") */
    EVENT_PROGRESS, /* done of total units (bytes); total 0: not known */
    EVENT_WARNING,  /* text: something the user should know, the work goes on */
    EVENT_LOSS,     /* id, path and text: something that the output cannot hold */
};

struct event {
    enum event_kind kind;
    const char *text;
    const char *path;
    const char *id; /* of a loss: one lasting word for its kind, as "xattr" */
    uint64_t done;
    uint64_t total;
};

struct events {
    void (*report)(struct events *self, const struct event *event);
    /* Negative when what was reported so far is a reason to stop. NULL: it never is. */
    int (*check)(struct events *self, struct error *err);
};

void event_step(struct events *events, const char *text);
void event_progress(struct events *events, uint64_t done, uint64_t total);
void event_warning(struct events *events, const char *format, ...) PRINTF_LIKE(2, 3);
/* id: one of core/loss_counts.h. */
void event_loss(struct events *events, const char *id, const char *path, const char *format, ...)
    PRINTF_LIKE(4, 5);
void event_vloss(struct events *events, const char *id, const char *path, const char *format,
                 va_list args) PRINTF_LIKE(4, 0);
/* Whether the work may go on; long work that reports losses asks now and then, and before its
 * outcome can be seen. Negative with err set: the listener wants it to fail. */
int event_check(struct events *events, struct error *err) MUST_CHECK;

/* A listener that passes only some kinds on. */
struct event_filter {
    struct events events;
    struct events *to; /* may be NULL */
    unsigned kinds;    /* of 1 << enum event_kind */
};

enum {
    EVENTS_TALK =
        1 << EVENT_WARNING | 1 << EVENT_LOSS, /* no progress: for what prints as it goes */
};

void event_filter_init(struct event_filter *self, struct events *to, unsigned kinds);

#endif
