/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/escape.h"

enum {
    TIME_TEXT_BYTES = 32,
};

/* ---- entries as text ---- */

static void text_write(FILE *out, const char *text)
{
    char piece[ESCAPE_MAX];
    size_t n;
    while ((n = escape_next(piece, &text)) > 0)
        fwrite(piece, 1, n, out);
}

static void time_format(const struct entry_time *at, char text[TIME_TEXT_BYTES])
{
    time_t seconds = (time_t)at->seconds;
    struct tm tm;
    if (!gmtime_r(&seconds, &tm) || strftime(text, TIME_TEXT_BYTES, "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(text, TIME_TEXT_BYTES, "%" PRId64, at->seconds);
}

static void details_write(FILE *out, const struct entry *entry)
{
    char mode[ENTRY_MODE_TEXT_BYTES], mtime[TIME_TEXT_BYTES], size[TIME_TEXT_BYTES];
    entry_mode_text(entry, mode);
    time_format(&entry->mtime, mtime);
    if (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK)
        snprintf(size, sizeof(size), "%" PRIu32 ",%" PRIu32, entry->major, entry->minor);
    else
        snprintf(size, sizeof(size), "%" PRIu64, entry->size);
    fprintf(out, "%s %5" PRIu32 " %5" PRIu32 " %10s %s ", mode, entry->uid, entry->gid, size,
            mtime);
}

void report_entry(FILE *out, const struct entry *entry, bool full)
{
    if (full)
        details_write(out, entry);
    putc('/', out);
    text_write(out, entry->path);
    if (full && entry->target) {
        fputs(entry->type == ENTRY_LINK ? " link to /" : " -> ", out);
        text_write(out, entry->target);
    }
    putc('\n', out);
}

/* ---- JSON ---- */

/* Bytes that are no UTF-8 have no form in JSON. */
static json_t *text_json(const char *text, bool *exact)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    *exact = false;
    size_t n = 0;
    AUTO_FREE char *copy = malloc(3 * strlen(text) + 1);
    if (!copy)
        return NULL;
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x80)
            copy[n++] = *at;
        else
            n = (size_t)(stpcpy(copy + n, "\xef\xbf\xbd") - copy);
    }
    return json_stringn(copy, n);
}

static int text_set(json_t *object, const char *key, const char *text, bool *exact)
{
    return text ? json_object_set_new(object, key, text_json(text, exact)) : 0;
}

/* Owns object; NULL or a failure while it was filled is out of memory. */
static int object_write(FILE *out, json_t *object, int rc, bool exact, bool first,
                        struct error *err)
{
    if (object && !exact)
        rc |= json_object_set_new(object, "inexact", json_true());
    if (!object || rc < 0) {
        json_decref(object);
        return error_no_memory(err);
    }
    fputs(first ? "\n" : ",\n", out);
    json_dumpf(object, out, JSON_COMPACT);
    json_decref(object);
    return 0;
}

int report_entry_json(FILE *out, const struct entry *entry, bool first, struct error *err)
{
    bool exact = true;
    json_t *object = json_pack(
        "{s:o, s:s, s:i, s:I, s:I, s:I, s:I, s:I}", "path", text_json(entry->path, &exact), "type",
        entry_type_words(entry->type), "mode", (int)entry->mode, "uid", (json_int_t)entry->uid,
        "gid", (json_int_t)entry->gid, "size", (json_int_t)entry->size, "mtime",
        (json_int_t)entry->mtime.seconds, "mtime_ns", (json_int_t)entry->mtime.nanoseconds);
    int rc = object ? text_set(object, "target", entry->target, &exact) : 0;
    if (object && (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK)) {
        rc |= json_object_set_new(object, "major", json_integer(entry->major));
        rc |= json_object_set_new(object, "minor", json_integer(entry->minor));
    }
    return object_write(out, object, rc, exact, first, err);
}

/* ---- differences ---- */

static const char *kind_words(enum difference_kind kind)
{
    switch (kind) {
    case DIFFERENCE_ONLY_A:
        return "only in A";
    case DIFFERENCE_ONLY_B:
        return "only in B";
    case DIFFERENCE_CHANGED:
        break;
    }
    return "changed";
}

static void difference_write(FILE *out, const struct difference *difference)
{
    bool changed = difference->kind == DIFFERENCE_CHANGED;
    if (!changed)
        fprintf(out, "%s: ", kind_words(difference->kind));
    putc('/', out);
    text_write(out, difference->path);
    if (changed) {
        fputs(": ", out);
        text_write(out, difference->field);
    }
    if (difference->a || difference->b) {
        putc(' ', out);
        text_write(out, difference->a ? difference->a : "-");
        fputs(" | ", out);
        text_write(out, difference->b ? difference->b : "-");
    }
    putc('\n', out);
}

static int difference_write_json(FILE *out, const struct difference *difference, bool first,
                                 struct error *err)
{
    bool exact = true;
    json_t *object = json_pack("{s:o, s:s}", "path", text_json(difference->path, &exact), "kind",
                               kind_words(difference->kind));
    int rc = object ? text_set(object, "field", difference->field, &exact) |
                          text_set(object, "a", difference->a, &exact) |
                          text_set(object, "b", difference->b, &exact)
                    : 0;
    return object_write(out, object, rc, exact, first, err);
}

static int difference_report(struct compare_report *report, const struct difference *difference,
                             struct error *err)
{
    struct report_differences *self = (struct report_differences *)report;
    bool first = self->first;
    self->first = false;
    if (self->json)
        return difference_write_json(self->out, difference, first, err);
    difference_write(self->out, difference);
    return 0;
}

void report_differences_init(struct report_differences *self, FILE *out, bool json)
{
    *self = (struct report_differences){
        .report.difference = difference_report,
        .out = out,
        .json = json,
        .first = true,
    };
}

void report_difference_line(const struct difference *difference, char line[REPORT_LINE_BYTES])
{
    if (difference->kind != DIFFERENCE_CHANGED)
        snprintf(line, REPORT_LINE_BYTES, "%s: /%.250s", kind_words(difference->kind),
                 difference->path);
    else
        snprintf(line, REPORT_LINE_BYTES, "/%.250s: %.100s", difference->path, difference->field);
}
