/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source of a few entries in memory. */
#ifndef LXKIT_TESTS_UNIT_LIST_SOURCE_H
#define LXKIT_TESTS_UNIT_LIST_SOURCE_H

#include <stddef.h>
#include <string.h>

#include "image/source.h"

struct list_member {
    struct entry entry;
    const char *text;             /* the content of a file, which gives its size; or */
    const struct content *pieces; /* up to one without bytes */
};

/* The fields of an entry, and the content of a file before them. */
#define LIST_ENTRY(...)          \
    {                            \
        .entry = { __VA_ARGS__ } \
    }
#define LIST_FILE(content, ...)                   \
    {                                             \
        .entry = {__VA_ARGS__}, .text = (content) \
    }

struct list_source {
    struct source source;
    const struct list_member *members;
    size_t n, at;
    struct entry entry;
    size_t piece;
    enum error_code fails; /* at the end, unless NONE */
};

static inline int list_next(struct source *source, const struct entry **out, struct error *err)
{
    struct list_source *self = (struct list_source *)source;
    if (self->at == self->n)
        return self->fails == ERROR_NONE ? 0 : error_set(err, self->fails, "the list ends badly");
    const struct list_member *member = &self->members[self->at++];
    self->entry = member->entry;
    self->piece = 0;
    if (member->text)
        self->entry.size = strlen(member->text);
    *out = &self->entry;
    return 1;
}

static inline int list_content(struct source *source, struct content *out, struct error *err)
{
    struct list_source *self = (struct list_source *)source;
    const struct list_member *member = &self->members[self->at - 1];
    (void)err;
    if (member->pieces) {
        *out = member->pieces[self->piece];
        self->piece += out->n > 0;
        return out->n > 0;
    }
    if (!member->text || self->piece++ > 0)
        return 0;
    *out = (struct content){.bytes = member->text, .n = self->entry.size};
    return 1;
}

static inline void list_close(struct source *source)
{
    (void)source;
}

/* Closing it does nothing. */
static inline struct list_source list_source(const struct list_member *members, size_t n)
{
    static const struct source_ops ops = {
        .next = list_next, .content = list_content, .close = list_close};
    return (struct list_source){.source.ops = &ops, .members = members, .n = n};
}

#endif
