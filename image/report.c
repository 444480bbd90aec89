/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/report.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/escape.h"
#include "image/entry_flags.h"
#include "image/json_text.h"

enum {
    TIME_TEXT_BYTES = 64,
};

/* ---- names as text ---- */

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
    char date[TIME_TEXT_BYTES / 2];
    if (!gmtime_r(&seconds, &tm) || strftime(date, sizeof(date), "%Y-%m-%d %H:%M:%S", &tm) == 0)
        snprintf(text, TIME_TEXT_BYTES, "%" PRId64 ".%09" PRIu32, at->seconds, at->nanoseconds);
    else
        snprintf(text, TIME_TEXT_BYTES, "%s.%09" PRIu32 " +0000", date, at->nanoseconds);
}

static bool is_device(const struct tree_file *file)
{
    return file->type == ENTRY_CHARACTER || file->type == ENTRY_BLOCK;
}

/* As file systems count: a directory is named by its parent, by itself and by each directory in
 * it. */
static uint32_t links_count(const struct tree_file *file)
{
    return file->type == ENTRY_DIRECTORY ? 2 + file->directory->subdirectories : file->links;
}

static void details_write(FILE *out, const struct tree_file *file)
{
    char mode[ENTRY_MODE_TEXT_BYTES], mtime[TIME_TEXT_BYTES], size[TIME_TEXT_BYTES];
    entry_mode_text(&(struct entry){.type = file->type, .mode = file->mode}, mode);
    time_format(&file->mtime, mtime);
    if (is_device(file))
        snprintf(size, sizeof(size), "%" PRIu32 ",%" PRIu32, file->major, file->minor);
    else
        snprintf(size, sizeof(size), "%" PRIu64, file->size);
    fprintf(out, "%s %3" PRIu32 " %5" PRIu32 " %5" PRIu32 " %10s %s ", mode, links_count(file),
            file->uid, file->gid, size, mtime);
}

void report_name(FILE *out, const struct report_name *name, bool full)
{
    const struct tree_file *file = name->file;
    if (full)
        details_write(out, file);
    putc('/', out);
    text_write(out, name->path);
    if (full && file->type == ENTRY_SYMLINK) {
        fputs(" -> ", out);
        text_write(out, file->target);
    }
    if (full && name->link) {
        fputs(" link to /", out);
        text_write(out, name->link);
    }
    putc('\n', out);
}

/* ---- JSON ---- */

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

int report_name_json(FILE *out, const struct report_name *name, bool first, struct error *err)
{
    const struct tree_file *file = name->file;
    bool exact = true;
    json_t *object = json_pack(
        "{s:o, s:s, s:i, s:I, s:I, s:I, s:I, s:I, s:I}", "path", json_text(name->path, &exact),
        "type", entry_type_words(name->link ? ENTRY_LINK : file->type), "mode", (int)file->mode,
        "nlink", (json_int_t)links_count(file), "uid", (json_int_t)file->uid, "gid",
        (json_int_t)file->gid, "size", (json_int_t)file->size, "mtime",
        (json_int_t)file->mtime.seconds, "mtime_ns", (json_int_t)file->mtime.nanoseconds);
    const char *target = file->type == ENTRY_SYMLINK ? file->target : NULL;
    int rc = object ? json_text_set(object, "target", name->link ? name->link : target, &exact) : 0;
    if (object && is_device(file)) {
        rc |= json_object_set_new(object, "major", json_integer(file->major));
        rc |= json_object_set_new(object, "minor", json_integer(file->minor));
    }
    if (object && file->flags) {
        char flags[ENTRY_FLAGS_TEXT_BYTES];
        entry_flags_text(file->flags, flags);
        rc |= json_object_set_new(object, "flags", json_string(flags));
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
    json_t *object = json_pack("{s:o, s:s}", "path", json_text(difference->path, &exact), "kind",
                               kind_words(difference->kind));
    int rc = object ? json_text_set(object, "field", difference->field, &exact) |
                          json_text_set(object, "a", difference->a, &exact) |
                          json_text_set(object, "b", difference->b, &exact)
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
