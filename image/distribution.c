/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/distribution.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum {
    OS_RELEASE_BYTES_MAX = 64 * 1024, /* what is looked at; the rest is not */
};

/* Where os-release lies; /etc's is a symbolic link to the other as a rule, and counts if it is not.
 */
static const char *const os_releases[] = {"usr/lib/os-release", "etc/os-release"};

struct watcher {
    struct source source;
    struct source *inner;
    struct distribution *found;
    bool bin_is_link, usr_has_shell;
    size_t watched; /* 1 + index of the os-release file that goes by; 0: another file */
    size_t read;    /* the same of the one that was read */
    char *text;     /* what passed of it */
    size_t n;
};

/* ---- what the files say ---- */

static bool value_byte(char c)
{
    return isalnum((unsigned char)c) || c == '-' || c == '_' || c == '.' || c == ',';
}

/* KEY=value or KEY="value" on one line of n bytes, as the runtime reads it. */
static bool assignment(const char *line, size_t n, const char *key, char *out)
{
    size_t at = strlen(key);
    if (n <= at || strncmp(line, key, at) != 0 || line[at] != '=')
        return false;
    at++;
    at += at < n && line[at] == '"';
    size_t end = at;
    while (end < n && value_byte(line[end]))
        end++;
    size_t rest = end + (end < n && line[end] == '"');
    if (rest != n || end - at >= DISTRIBUTION_TEXT_BYTES)
        return false;
    memcpy(out, line + at, end - at);
    out[end - at] = '\0';
    return true;
}

static void os_release_read(struct distribution *found, const char *text, size_t n)
{
    bool flavor = false, version = false;
    for (const char *line = text, *end = text + n; line < end;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t length = (size_t)((newline ? newline : end) - line);
        if (!flavor)
            flavor = assignment(line, length, "ID", found->flavor);
        if (!version)
            version = assignment(line, length, "VERSION_ID", found->os_version);
        line += length + 1;
    }
}

static void os_release_end(struct watcher *self)
{
    if (self->watched && self->watched >= self->read) {
        self->found->flavor[0] = self->found->os_version[0] = '\0';
        os_release_read(self->found, self->text, self->n);
        self->read = self->watched;
    }
    self->watched = 0;
    self->n = 0;
}

/* ---- the filter ---- */

static void entry_note(struct watcher *self, const struct entry *entry)
{
    const char *path = entry->path;
    if (strcmp(path, "etc") == 0 || strncmp(path, "etc/", 4) == 0)
        self->found->has_etc = true;
    if (strcmp(path, "bin") == 0)
        self->bin_is_link = entry->type == ENTRY_SYMLINK;
    if (strcmp(path, "usr/bin/sh") == 0)
        self->usr_has_shell = true;
    if (strcmp(path, "bin/sh") == 0 || (self->bin_is_link && self->usr_has_shell))
        self->found->has_shell = true;
    for (size_t i = 0; i < array_length(os_releases); i++) {
        if (entry->type == ENTRY_FILE && strcmp(path, os_releases[i]) == 0)
            self->watched = 1 + i;
    }
}

static int watcher_next(struct source *source, const struct entry **out, struct error *err)
{
    struct watcher *self = (struct watcher *)source;
    os_release_end(self);
    int rc = source_next(self->inner, out, err);
    if (rc > 0)
        entry_note(self, *out);
    if (rc == 0 && !self->found->has_etc && !self->found->has_shell)
        return error_set(err, ERROR_NOT_A_DISTRIBUTION,
                         "the tree has neither /etc nor /bin/sh, so the runtime would not start "
                         "it; give the archive of a distribution's root file system");
    return rc;
}

static int watcher_content(struct source *source, struct content *out, struct error *err)
{
    struct watcher *self = (struct watcher *)source;
    int rc = source_content(self->inner, out, err);
    if (rc > 0 && self->watched && out->offset == self->n &&
        out->n <= OS_RELEASE_BYTES_MAX - self->n) {
        memcpy(self->text + self->n, out->bytes, out->n);
        self->n += out->n;
    }
    return rc;
}

static void watcher_close(struct source *source)
{
    struct watcher *self = (struct watcher *)source;
    source_close(self->inner);
    free(self->text);
    free(self);
}

static const struct source_ops watcher_ops = {
    .next = watcher_next,
    .content = watcher_content,
    .close = watcher_close,
};

int source_distribution(struct source **out, struct source *inner, struct distribution *found,
                        struct error *err)
{
    struct watcher *self = calloc(1, sizeof(*self));
    char *text = malloc(OS_RELEASE_BYTES_MAX);
    if (!self || !text) {
        free(self);
        free(text);
        source_close(inner);
        return error_no_memory(err);
    }
    *found = (struct distribution){0};
    self->source.ops = &watcher_ops;
    self->inner = inner;
    self->found = found;
    self->text = text;
    *out = &self->source;
    return 0;
}
