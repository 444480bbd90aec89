/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision_copy.h"

#include <errno.h>
#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/paths.h"
#include "image/path.h"
#include "image/tree_index.h"

struct copy {
    char *source;      /* on this machine, without "/" at its end */
    char *destination; /* as a path of an entry */
    bool into;         /* DST ended in "/" */
};

static void copy_free(struct copy *copy)
{
    free(copy->source);
    free(copy->destination);
}

#define AUTO_COPY CLEANUP(copy_free)

/* At the last ":/": the name of SRC may have others. */
static int copy_parse(struct copy *out, const char *text, struct error *err)
{
    const char *colon = NULL;
    for (const char *at = text; (at = strstr(at, ":/")); at++)
        colon = at;
    if (!colon || colon == text)
        return error_set(err, ERROR_USAGE,
                         "--copy takes SRC:DST, a file or directory of this machine and an "
                         "absolute path in the distribution, not '%s'",
                         text);
    size_t n = (size_t)(colon - text);
    while (n > 1 && text[n - 1] == '/')
        n--;
    out->source = strndup(text, n);
    out->destination = strdup(colon + 1);
    if (!out->source || !out->destination)
        return error_no_memory(err);
    out->into = colon[strlen(colon) - 1] == '/';
    return path_clean(out->destination, err) < 0 ? error_wrap(err, "--copy %s", text) : 0;
}

static int source_stat(const struct copy *copy, struct stat *st, struct error *err)
{
    if (lstat(copy->source, st) < 0 || (S_ISLNK(st->st_mode) && stat(copy->source, st) < 0))
        return error_errno(err, errno, "open %s", copy->source);
    if (S_ISREG(st->st_mode) || S_ISDIR(st->st_mode))
        return 0;
    return error_set(err, ERROR_UNSUPPORTED, "%s is neither a file nor a directory", copy->source);
}

int copy_check(const char *text, struct error *err)
{
    AUTO_COPY struct copy copy = {0};
    struct stat st;
    return copy_parse(&copy, text, err) < 0 ? -1 : source_stat(&copy, &st, err);
}

/* A file goes into a directory by its own name. */
static int destination_choose(struct copy *copy, struct overlay *overlay, const struct stat *st,
                              struct error *err)
{
    const struct tree_file *there = tree_index_follow(&overlay->tree, copy->destination);
    bool directory = copy->into || (there && there->type == ENTRY_DIRECTORY);
    char *path;
    if (S_ISDIR(st->st_mode) || !directory)
        return 0;
    if (asprintf(&path, "%s%s%s", copy->destination, copy->destination[0] ? "/" : "",
                 paths_base(copy->source)) < 0)
        return error_no_memory(err);
    free(copy->destination);
    copy->destination = path;
    return 0;
}

static bool lies_in(const char *path, const char *directory)
{
    size_t n = directory ? strlen(directory) : 0;
    return n > 0 && strncmp(path, directory, n) == 0 && (path[n] == '/' || path[n] == '\0');
}

static struct entry_time time_of(const struct timespec *time, const struct overlay *overlay)
{
    if (overlay->now.fixed && time->tv_sec >= overlay->now.seconds)
        return (struct entry_time){.seconds = overlay->now.seconds};
    return (struct entry_time){.seconds = time->tv_sec, .nanoseconds = (uint32_t)time->tv_nsec};
}

static int node_add(struct overlay *overlay, const FTSENT *node, const char *path,
                    const struct copy_owner *owner, struct error *err)
{
    const struct stat *st = node->fts_statp;
    char target[TARGET_BYTES_MAX + 1];
    struct entry entry = {
        .path = path,
        .type = S_ISDIR(st->st_mode)   ? ENTRY_DIRECTORY
                : S_ISLNK(st->st_mode) ? ENTRY_SYMLINK
                                       : ENTRY_FILE,
        .mode = (uint16_t)(st->st_mode & MODE_PERMISSIONS),
        .size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0,
    };
    if (lies_in(path, owner->directory)) {
        entry.uid = owner->uid;
        entry.gid = owner->gid;
    }
    entry.mtime = entry.atime = entry.ctime = entry.crtime = time_of(&st->st_mtim, overlay);
    if (entry.type == ENTRY_SYMLINK) {
        ssize_t n = readlink(node->fts_accpath, target, sizeof(target) - 1);
        if (n < 0)
            return error_errno(err, errno, "read %s", node->fts_path);
        target[n] = '\0';
        entry.target = target;
    }
    return overlay_add(overlay, &entry, entry.size == 0 ? "" : NULL, node->fts_accpath, err);
}

/* One file of this machine, on the way through a directory. */
static int node_copy(struct overlay *overlay, const FTSENT *node, const struct copy *copy,
                     bool early, const struct copy_owner *owner, struct error *err)
{
    AUTO_FREE char *path = NULL;
    const char *below = node->fts_path + strlen(copy->source);
    bool directory = node->fts_info == FTS_D;
    if (node->fts_info == FTS_DP)
        return 0;
    if (node->fts_errno &&
        (node->fts_info == FTS_DNR || node->fts_info == FTS_ERR || node->fts_info == FTS_NS))
        return error_errno(err, node->fts_errno, "open %s", node->fts_path);
    if (!directory && node->fts_info != FTS_F && node->fts_info != FTS_SL)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is neither a file, a directory nor a symbolic link, and cannot be "
                         "copied",
                         node->fts_path);
    below += *below == '/' && copy->destination[0] == '\0';
    if (asprintf(&path, "%s%s", copy->destination, below) < 0) {
        path = NULL;
        return error_no_memory(err);
    }
    if (early != overlay->editor->wants(overlay->editor, path))
        return 0;
    if (directory) {
        const struct tree_file *there = tree_index_follow(&overlay->tree, path);
        if (there && there->type == ENTRY_DIRECTORY)
            return 0;
    }
    return node_add(overlay, node, path, owner, err);
}

static int by_name(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

static void fts_closep(FTS **fts)
{
    if (*fts)
        fts_close(*fts);
}

int copy_add(struct overlay *overlay, const char *text, bool early, const struct copy_owner *owner,
             struct error *err)
{
    AUTO_COPY struct copy copy = {0};
    struct stat st;
    if (copy_parse(&copy, text, err) < 0 || source_stat(&copy, &st, err) < 0 ||
        destination_choose(&copy, overlay, &st, err) < 0)
        return -1;
    char *const roots[] = {copy.source, NULL};
    CLEANUP(fts_closep)
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, by_name);
    FTSENT *node;
    if (!fts)
        return error_errno(err, errno, "open %s", copy.source);
    while ((errno = 0, node = fts_read(fts))) {
        if (cancel_check(err) < 0 || node_copy(overlay, node, &copy, early, owner, err) < 0)
            return -1;
    }
    return errno ? error_errno(err, errno, "read %s", copy.source) : 0;
}
