/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_exclude.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "image/filter/filter_base.h"

struct pattern {
    char *text;     /* without slashes at its ends */
    size_t parts;   /* components of a path from the root; 0: a name at any depth */
    bool directory; /* matches directories alone */
};

struct exclude {
    struct filter_base base;
    struct pattern *patterns;
    size_t n;
};

/* ---- patterns ---- */

static bool has_part(const char *pattern, const char *part)
{
    size_t length = strlen(part);
    for (const char *at = pattern; *at;) {
        size_t n = strcspn(at, "/");
        if (n == length && memcmp(at, part, n) == 0)
            return true;
        at += n + strspn(at + n, "/");
    }
    return false;
}

static int pattern_check(const char *text, struct error *err)
{
    if (text[0] == '!')
        return error_set(err, ERROR_USAGE,
                         "exclude pattern '%s': patterns cannot take back what others left out; "
                         "write \\! where the name begins with !",
                         text);
    if (has_part(text, "**"))
        return error_set(err, ERROR_USAGE,
                         "exclude pattern '%s': there is no **; a pattern without / matches at "
                         "any depth, and a directory goes with all that is below it",
                         text);
    if (has_part(text, ".."))
        return error_set(err, ERROR_USAGE,
                         "exclude pattern '%s': no path has a part \"..\"; write it from the root "
                         "of the tree",
                         text);
    return 0;
}

/* Brings text into the form of an entry's path, and notes what the slashes say that go. */
static int pattern_parse(struct pattern *pattern, const char *text, struct error *err)
{
    if (pattern_check(text, err) < 0)
        return -1;
    pattern->text = malloc(strlen(text) + 1);
    if (!pattern->text)
        return error_no_memory(err);

    char *to = pattern->text;
    size_t parts = 0;
    for (const char *from = text; *from;) {
        size_t n = strcspn(from, "/");
        if (n > 0 && !(n == 1 && from[0] == '.')) {
            if (to > pattern->text)
                *to++ = '/';
            memcpy(to, from, n);
            to += n;
            parts++;
        }
        pattern->directory = from[n] == '/';
        from += n + strspn(from + n, "/");
    }
    *to = '\0';
    if (parts == 0)
        return error_set(err, ERROR_USAGE,
                         "exclude pattern '%s' names nothing below the root; write a name, such as "
                         "*.pyc, or a path, such as var/cache",
                         text);
    bool rooted = text[0] == '/' || strncmp(text, "./", 2) == 0;
    pattern->parts = rooted || parts > 1 ? parts : 0;
    return 0;
}

/* ---- matching ---- */

/* The first n components of path, of which name is the last. Only as many as the pattern has can
 * match, which keeps the work linear in the length of a path. */
static bool parts_match(const struct pattern *pattern, const char *path, const char *name, size_t n)
{
    if (pattern->parts == 0)
        return fnmatch(pattern->text, name, 0) == 0;
    return pattern->parts == n && fnmatch(pattern->text, path, FNM_PATHNAME) == 0;
}

/* path is cut after each component in turn, and put together again. */
static bool pattern_match(const struct pattern *pattern, char *path, bool is_directory)
{
    char *name = path;
    for (size_t n = 1; *name; n++) {
        char *end = strchrnul(name, '/');
        char mark = *end;
        *end = '\0';
        bool match =
            (mark || is_directory || !pattern->directory) && parts_match(pattern, path, name, n);
        *end = mark;
        if (match)
            return true;
        name = end + (mark != '\0');
    }
    return false;
}

/* 1: path goes, 0: it stays, negative on error. */
static int excluded(const struct exclude *self, const char *path, bool is_directory,
                    struct error *err)
{
    AUTO_FREE char *copy = strdup(path);
    if (!copy)
        return error_no_memory(err);
    for (size_t i = 0; i < self->n; i++) {
        if (pattern_match(&self->patterns[i], copy, is_directory))
            return 1;
    }
    return 0;
}

/* ---- the filter ---- */

static int exclude_change(struct filter_base *base, struct entry *entry, struct error *err)
{
    const struct exclude *self = (struct exclude *)base;
    int rc = excluded(self, entry->path, entry->type == ENTRY_DIRECTORY, err);
    if (rc != 0 || entry->type != ENTRY_LINK)
        return rc < 0 ? rc : !rc;

    rc = excluded(self, entry->target, false, err);
    if (rc > 0)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%.200s is a hard link to %.200s, which is excluded and has the content "
                         "of both; exclude both or neither",
                         entry->path, entry->target);
    return rc < 0 ? rc : 1;
}

static void exclude_free(struct filter_base *base)
{
    struct exclude *self = (struct exclude *)base;
    for (size_t i = 0; i < self->n; i++)
        free(self->patterns[i].text);
    free(self->patterns);
}

static const struct filter_ops exclude_ops = {
    .change = exclude_change,
    .free = exclude_free,
};

static int patterns_parse(struct exclude *self, const char *const *patterns, struct error *err)
{
    size_t n = 0;
    while (patterns[n])
        n++;
    if (n > EXCLUDE_PATTERNS_MAX)
        return error_set(err, ERROR_USAGE,
                         "%zu exclude patterns; at most %d are taken: use wildcards or exclude "
                         "whole directories",
                         n, EXCLUDE_PATTERNS_MAX);
    self->patterns = calloc(n + 1, sizeof(*self->patterns));
    if (!self->patterns)
        return error_no_memory(err);
    self->n = n;
    for (size_t i = 0; i < n; i++) {
        if (pattern_parse(&self->patterns[i], patterns[i], err) < 0)
            return -1;
    }
    return 0;
}

int filter_exclude(struct source **out, struct source *inner, const char *const *patterns,
                   struct error *err)
{
    struct exclude *self = filter_base_new(sizeof(*self), &exclude_ops, inner, err);
    if (!self)
        return -1;
    if (patterns_parse(self, patterns, err) < 0) {
        source_close(&self->base.source);
        return -1;
    }
    *out = &self->base.source;
    return 0;
}
