/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/event.h"

#include <stdio.h>

enum {
    TEXT_BYTES = 1024, /* longer texts are cut */
};

void event_step(struct events *events, const char *text)
{
    if (events)
        events->report(events, &(struct event){.kind = EVENT_STEP, .text = text});
}

void event_progress(struct events *events, uint64_t done, uint64_t total)
{
    if (events)
        events->report(events,
                       &(struct event){.kind = EVENT_PROGRESS, .done = done, .total = total});
}

static PRINTF_LIKE(3, 0) void text_report(struct events *events, struct event event,
                                          const char *format, va_list args)
{
    char text[TEXT_BYTES];
    if (!events)
        return;
    vsnprintf(text, sizeof(text), format, args);
    event.text = text;
    events->report(events, &event);
}

void event_warning(struct events *events, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    text_report(events, (struct event){.kind = EVENT_WARNING}, format, args);
    va_end(args);
}

void event_vloss(struct events *events, const char *id, const char *path, const char *format,
                 va_list args)
{
    text_report(events, (struct event){.kind = EVENT_LOSS, .id = id, .path = path}, format, args);
}

void event_loss(struct events *events, const char *id, const char *path, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    event_vloss(events, id, path, format, args);
    va_end(args);
}

static void filter_report(struct events *events, const struct event *event)
{
    const struct event_filter *self = (const struct event_filter *)events;
    if (self->to && self->kinds & 1u << event->kind)
        self->to->report(self->to, event);
}

void event_filter_init(struct event_filter *self, struct events *to, unsigned kinds)
{
    *self = (struct event_filter){.events.report = filter_report, .to = to, .kinds = kinds};
}

int event_check(struct events *events, struct error *err)
{
    return events && events->check ? events->check(events, err) : 0;
}
