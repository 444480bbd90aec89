/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a library tells while it works. Libraries report events; only programs draw or print.
 *
 * `struct events *` may be NULL everywhere: nobody listens then. Events may come from any
 * thread, as where progress is counted below a read-ahead: the listener takes care of that. */
#ifndef LXKIT_CORE_EVENT_H
#define LXKIT_CORE_EVENT_H

#include <stdint.h>

#include "core/attributes.h"

enum event_kind {
    EVENT_STEP,     /* a new phase begins: text names it ("writing ext4") */
    EVENT_PROGRESS, /* done of total units (bytes); total 0: not known */
    EVENT_WARNING,  /* text: something the user should know, the work goes on */
    EVENT_LOSS,     /* path and text: something that the output cannot hold */
};

struct event {
    enum event_kind kind;
    const char *text;
    const char *path;
    uint64_t done;
    uint64_t total;
};

struct events {
    void (*report)(struct events *self, const struct event *event);
};

void event_step(struct events *events, const char *text);
void event_progress(struct events *events, uint64_t done, uint64_t total);
void event_warning(struct events *events, const char *format, ...) PRINTF_LIKE(2, 3);
void event_loss(struct events *events, const char *path, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
