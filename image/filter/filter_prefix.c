/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_prefix.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "image/filter/filter_base.h"
#include "image/path.h"

/* ---- a number of components ---- */

struct strip {
    struct filter_base base;
    unsigned count;
    bool any; /* something was left */
};

/* What is left of path; NULL: it has fewer components. */
static const char *path_strip(const char *path, unsigned count)
{
    for (; count > 0 && *path; count--) {
        path += strcspn(path, "/");
        path += *path == '/';
    }
    return count > 0 ? NULL : path;
}

static int strip_change(struct filter_base *base, struct entry *entry, struct error *err)
{
    struct strip *self = (struct strip *)base;
    const char *path = path_strip(entry->path, self->count);

    if (!path || (*path == '\0' && entry->type != ENTRY_DIRECTORY))
        return 0;
    if (entry->type == ENTRY_LINK) {
        const char *target = path_strip(entry->target, self->count);
        if (!target || *target == '\0')
            return error_set(err, ERROR_UNSUPPORTED,
                             "%.200s is a hard link to %.200s, of whose path nothing is left "
                             "without %u leading parts; strip fewer, or make the archive "
                             "again without the link",
                             entry->path, entry->target, self->count);
        entry->target = target;
    }
    entry->path = path;
    self->any = true;
    return 1;
}

static int strip_end(struct filter_base *base, struct error *err)
{
    const struct strip *self = (struct strip *)base;
    if (self->any)
        return 0;
    return error_set(err, ERROR_NOT_FOUND,
                     "no path has more than %u parts, so nothing is left without that many; strip "
                     "fewer",
                     self->count);
}

static const struct filter_ops strip_ops = {
    .change = strip_change,
    .end = strip_end,
};

int filter_prefix_strip(struct source **out, struct source *inner, unsigned count,
                        struct error *err)
{
    struct strip *self = filter_base_new(sizeof(*self), &strip_ops, inner, err);
    if (!self)
        return -1;
    self->count = count;
    *out = &self->base.source;
    return 0;
}

/* ---- a directory ---- */

struct prefix {
    struct filter_base base;
    char *directory; /* NULL: not known yet */
    size_t n;        /* its length */
    bool any;        /* something lay in it */
};

/* What is left of path below the directory; NULL: it lies elsewhere. */
static const char *path_below(const struct prefix *self, const char *path)
{
    if (strncmp(path, self->directory, self->n) != 0)
        return NULL;
    path += self->n;
    if (*path == '/')
        return path + 1;
    return *path == '\0' ? path : NULL;
}

/* The entry is the directory or lies below it, at path. */
static int entry_move(struct prefix *self, struct entry *entry, const char *path, struct error *err)
{
    if (*path == '\0' && entry->type != ENTRY_DIRECTORY)
        return error_set(err, ERROR_WRONG_KIND,
                         "%.200s is to become the root and is a %s; name a directory as the root "
                         "prefix",
                         entry->path, entry_type_words(entry->type));
    if (entry->type == ENTRY_LINK) {
        const char *target = path_below(self, entry->target);
        if (!target || *target == '\0')
            return error_set(err, ERROR_UNSUPPORTED,
                             "%.200s is a hard link to %.200s, which does not lie in %.200s and "
                             "has the content of both; take more of the tree, or make the archive "
                             "again without the link",
                             entry->path, entry->target, self->directory);
        entry->target = target;
    }
    entry->path = path;
    self->any = true;
    return 1;
}

static int given_change(struct filter_base *base, struct entry *entry, struct error *err)
{
    struct prefix *self = (struct prefix *)base;
    const char *path = path_below(self, entry->path);
    return path ? entry_move(self, entry, path, err) : 0;
}

static int given_end(struct filter_base *base, struct error *err)
{
    const struct prefix *self = (struct prefix *)base;
    if (self->any)
        return 0;
    return error_set(
        err, ERROR_NOT_FOUND,
        "the tree has nothing in %.200s; list it with lximage ls to see where its root "
        "lies",
        self->directory);
}

static void prefix_free(struct filter_base *base)
{
    free(((struct prefix *)base)->directory);
}

static const struct filter_ops given_ops = {
    .change = given_change,
    .end = given_end,
    .free = prefix_free,
};

/* directory in the form of an entry's path. */
static int directory_clean(char **out, const char *directory, struct error *err)
{
    *out = strdup(directory + strspn(directory, "/"));
    if (!*out)
        return error_no_memory(err);
    if (path_clean(*out, err) < 0)
        return error_set(err, ERROR_USAGE,
                         "root prefix '%.200s' is no path in a tree; write the directory's path "
                         "from the root of the tree, without \"..\"",
                         directory);
    return 0;
}

int filter_prefix_root(struct source **out, struct source *inner, const char *directory,
                       struct error *err)
{
    AUTO_FREE char *clean = NULL;
    if (directory_clean(&clean, directory, err) < 0) {
        source_close(inner);
        return -1;
    }
    if (clean[0] == '\0') {
        *out = inner;
        return 0;
    }
    struct prefix *self = filter_base_new(sizeof(*self), &given_ops, inner, err);
    if (!self)
        return -1;
    self->n = strlen(clean);
    self->directory = steal(&clean);
    *out = &self->base.source;
    return 0;
}

/* ---- a directory that is to be found ---- */

struct search {
    struct prefix prefix;
    struct events *events;
    bool decided;    /* prefix.directory is known, or there is none */
    bool is_root;    /* what a root file system has lay in it */
    char *companion; /* that was left out before that was decided */
};

static bool name_in(const char *const *names, size_t n_names, const char *path, size_t n)
{
    for (size_t i = 0; i < n_names; i++) {
        if (strlen(names[i]) == n && memcmp(names[i], path, n) == 0)
            return true;
    }
    return false;
}

/* In the root of the systems that there are; a hidden name is no prefix either. */
static bool is_usual(const char *path, size_t n)
{
    static const char *const names[] = {
        "afs",  "app",  "bin",  "boot",    "cdrom", "data",  "dev",    "efi",        "etc",
        "gnu",  "home", "init", "lib",     "lib32", "lib64", "libx32", "lost+found", "media",
        "mnt",  "nix",  "opt",  "ostree",  "proc",  "root",  "run",    "sbin",       "selinux",
        "snap", "srv",  "sys",  "sysroot", "tmp",   "usr",   "var",
    };
    return path[0] == '.' || name_in(names, array_length(names), path, n);
}

static bool is_companion(const struct entry *entry)
{
    return entry->type == ENTRY_FILE && (strcmp(entry->path, "version") == 0 ||
                                         fnmatch("pkglist*.txt", entry->path, FNM_PATHNAME) == 0);
}

static int companion_drop(struct search *self, const struct entry *entry, struct error *err)
{
    if (!self->decided && !self->companion) {
        self->companion = strdup(entry->path);
        if (!self->companion)
            return error_no_memory(err);
    }
    event_warning(self->events, "%s is left out: it lies beside the root file system, not in it",
                  entry->path);
    return 0;
}

/* There is no directory, so what was left out belongs to the tree, and its content has passed. */
static int search_nothing(struct search *self, struct error *err)
{
    self->decided = true;
    if (!self->companion)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%.200s was taken for a list beside a root file system, but the tree is not "
                     "packed into a directory; give --root-prefix . to keep all of it",
                     self->companion);
}

static int search_decide(struct search *self, const struct entry *entry, struct error *err)
{
    size_t n = strcspn(entry->path, "/");
    bool in_directory = entry->path[n] == '/' || entry->type == ENTRY_DIRECTORY;

    if (!in_directory || is_usual(entry->path, n))
        return search_nothing(self, err);
    self->prefix.directory = strndup(entry->path, n);
    if (!self->prefix.directory)
        return error_no_memory(err);
    self->prefix.n = n;
    self->decided = true;
    return 0;
}

static int found_change(struct search *self, struct entry *entry, struct error *err)
{
    static const char *const names[] = {"bin", "etc", "usr"};
    const char *directory = self->prefix.directory;
    const char *path = path_below(&self->prefix, entry->path);

    if (!path)
        return error_set(
            err, ERROR_DAMAGED,
            "the tree seems to be packed into %.200s, but %.200s lies outside it; give "
            "--root-prefix %.200s to take that alone, or --root-prefix . to keep all "
            "of it",
            directory, entry->path, directory);
    self->is_root = self->is_root || name_in(names, array_length(names), path, strcspn(path, "/"));
    return entry_move(&self->prefix, entry, path, err);
}

static int auto_change(struct filter_base *base, struct entry *entry, struct error *err)
{
    struct search *self = (struct search *)base;
    bool nothing = self->decided && !self->prefix.directory;

    if (nothing)
        return 1;
    if (entry->path[0] == '\0')
        return !self->decided;
    if (is_companion(entry))
        return companion_drop(self, entry, err);
    if (!self->decided && search_decide(self, entry, err) < 0)
        return -1;
    return self->prefix.directory ? found_change(self, entry, err) : 1;
}

static int auto_end(struct filter_base *base, struct error *err)
{
    struct search *self = (struct search *)base;
    const char *directory = self->prefix.directory;

    if (!self->decided)
        return search_nothing(self, err);
    if (!directory || self->is_root)
        return 0;
    return error_set(err, ERROR_NOT_FOUND,
                     "the tree is packed into %.200s, which has none of bin, etc and usr; give "
                     "--root-prefix %.200s to make that the root all the same, or --root-prefix . "
                     "to keep all of it",
                     directory, directory);
}

static void auto_free(struct filter_base *base)
{
    free(((struct search *)base)->companion);
    prefix_free(base);
}

static const struct filter_ops auto_ops = {
    .change = auto_change,
    .end = auto_end,
    .free = auto_free,
};

int filter_prefix_auto(struct source **out, struct source *inner, struct events *events,
                       struct error *err)
{
    struct search *self = filter_base_new(sizeof(*self), &auto_ops, inner, err);
    if (!self)
        return -1;
    self->events = events;
    *out = &self->prefix.base.source;
    return 0;
}
