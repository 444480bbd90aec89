/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the tests of directories as trees share: a list of what was reported, and a source that
 * gives the entries of a table. */
#ifndef LXKIT_TESTS_UNIT_DIRECTORY_SUPPORT_H
#define LXKIT_TESTS_UNIT_DIRECTORY_SUPPORT_H

#include <stdbool.h>

#include "core/event.h"
#include "image/sink.h"
#include "tests/unit/support.h"

enum {
    OTHER_ID = 65534,
};

/* Warnings and losses, one a line: "path: text". */
struct heard {
    struct events events;
    char text[8192];
};

static inline void heard_report(struct events *events, const struct event *event)
{
    struct heard *heard = (struct heard *)events;
    size_t n = strlen(heard->text);
    if (event->kind == EVENT_WARNING || event->kind == EVENT_LOSS)
        snprintf(heard->text + n, sizeof(heard->text) - n, "%s: %s\n",
                 event->path ? event->path : "", event->text);
}

static inline void assert_heard(const struct heard *heard, const char *words)
{
    if (!strstr(heard->text, words))
        fail_msg("\"%s\" is not among:\n%s", words, heard->text);
}

static inline void assert_quiet(const struct heard *heard)
{
    assert_string_equal(heard->text, "");
}

/* scratch_enter() and on as a user without rights, also where root runs the tests. */
static inline int other_enter(void **state)
{
    if (scratch_enter(state) < 0)
        return -1;
    if (geteuid() != 0)
        return 0;
    return chown(".", OTHER_ID, OTHER_ID) < 0 || setegid(OTHER_ID) < 0 || seteuid(OTHER_ID) < 0;
}

static inline int other_leave(void **state)
{
    if (seteuid(getuid()) < 0 || setegid(getgid()) < 0)
        return -1;
    return scratch_leave(state);
}

/* Entries of a table; the content of a file is one piece, the text in its target. */
struct table_source {
    struct source source;
    const struct entry *rows;
    size_t n, at;
    struct entry entry;
    bool content_given;
};

static inline int table_next(struct source *source, const struct entry **out,
                             struct error *err UNUSED)
{
    struct table_source *self = (struct table_source *)source;
    if (self->at == self->n)
        return 0;
    self->entry = self->rows[self->at++];
    self->content_given = false;
    if (self->entry.type == ENTRY_FILE && self->entry.target && self->entry.size == 0)
        self->entry.size = strlen(self->entry.target);
    *out = &self->entry;
    return 1;
}

static inline int table_content(struct source *source, struct content *out,
                                struct error *err UNUSED)
{
    struct table_source *self = (struct table_source *)source;
    if (self->content_given || !self->entry.target)
        return 0;
    self->content_given = true;
    *out = (struct content){self->entry.target, strlen(self->entry.target), 0};
    return 1;
}

static inline void table_close(struct source *source UNUSED)
{
}

static inline struct table_source table_source(const struct entry *rows, size_t n)
{
    static const struct source_ops ops = {
        .next = table_next,
        .content = table_content,
        .close = table_close,
    };
    return (struct table_source){.source = {&ops}, .rows = rows, .n = n};
}

#endif
