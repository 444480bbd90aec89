/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/cp.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/epoch.h"
#include "core/paths.h"
#include "image/directory/directory_sink.h"
#include "image/image.h"
#include "image/pick.h"
#include "image/tree_index.h"

/* ---- where to ---- */

struct destination {
    char *directory; /* is there */
    char *name;      /* that the only path gets in it; NULL: each path keeps its own */
    bool slash;      /* the name was given with "/" at its end, so a directory is meant */
};

static void destination_free(struct destination *to)
{
    free(to->directory);
    free(to->name);
}

static int destination_exists(const char *path, struct error *err)
{
    return error_set(err, ERROR_EXISTS,
                     "%s exists already, and nothing is overwritten; remove it or choose another "
                     "name",
                     path);
}

/* The last component is a new name; the rest is a directory. */
static int destination_split(struct destination *to, const char *path, struct error *err)
{
    AUTO_FREE char *clean = strdup(path);
    struct stat st;
    if (!clean)
        return error_no_memory(err);
    size_t n = strlen(clean);
    to->slash = clean[n - 1] == '/';
    while (n > 1 && clean[n - 1] == '/')
        clean[--n] = '\0';
    if (paths_parent(&to->directory, clean, err) < 0)
        return -1;
    to->name = strdup(paths_base(clean));
    if (!to->name)
        return error_no_memory(err);
    if (stat(to->directory, &st) == 0 && S_ISDIR(st.st_mode))
        return 0;
    return error_set(err, ERROR_NOT_FOUND,
                     "%s: there is no directory %s; make it or check the name", path,
                     to->directory);
}

static int destination_find(struct destination *to, const struct image_cp *cp, struct error *err)
{
    const char *path = cp->destination;
    struct stat st;

    if (path[0] == '\0')
        return error_set(err, ERROR_USAGE, "the name to copy to is empty; give one");
    if (stat(path, &st) == 0 && S_ISDIR(st.st_mode)) {
        to->directory = strdup(path);
        return to->directory ? 0 : error_no_memory(err);
    }
    if (cp->n > 1)
        return error_set(err, ERROR_USAGE,
                         "%zu paths need a directory to go into, and %s is none; make it first, or "
                         "name another",
                         cp->n, path);
    if (lstat(path, &st) == 0)
        return destination_exists(path, err);
    if (errno != ENOENT)
        return error_errno(err, errno, "look at %s", path);
    return destination_split(to, path, err);
}

/* A directory that is read must not grow while it is. */
static int inside_check(const struct image_cp *cp, const struct destination *to, struct error *err)
{
    struct stat st;
    if (stat(cp->input, &st) < 0 || !S_ISDIR(st.st_mode))
        return 0;
    AUTO_FREE char *in = realpath(cp->input, NULL);
    AUTO_FREE char *out = realpath(to->directory, NULL);
    if (!in || !out)
        return 0; /* told when it is opened */
    size_t n = strlen(in);
    bool inside = strncmp(in, out, n) == 0 && (out[n] == '/' || out[n] == '\0' || n == 1);
    if (!inside)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s lies in the directory %s, which is read; choose another place, or use cp",
                     to->directory, cp->input);
}

/* ---- what ---- */

/* The last component of a path, without "/" at its end; *n is its length. */
static const char *last_component(const char *path, size_t *n)
{
    size_t end = strlen(path);
    while (end > 0 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    *n = end - begin;
    return path + begin;
}

/* "/", ".", "..": what lies in the directory is meant, since it has no name there. */
static bool is_nameless(const char *component, size_t n)
{
    return n == 0 || (n <= 2 && strncmp(component, "..", n) == 0);
}

static struct tree_file *file_find(struct tree *tree, const char *path, bool recursive)
{
    size_t n;
    const char *component = last_component(path, &n);
    AUTO_FREE char *whole = NULL;
    /* A directory whose name is not the last component is found with "/" at its end. */
    if (asprintf(&whole, "%s%s", path, is_nameless(component, n) ? "/" : "") < 0) {
        whole = NULL;
        return NULL;
    }
    return recursive ? tree_find(tree, whole) : tree_index_follow(tree, whole);
}

static int children_pick(struct pick *pick, const struct tree_file *directory, struct error *err)
{
    for (const struct tree_name *name = directory->directory->first; name; name = name->sibling) {
        if (name->file && pick_add(pick, name->text, name->file, err) < 0)
            return -1;
    }
    return 0;
}

/* A root that nobody described has no time; a directory made of it begins now. */
static int root_describe(struct tree_file *file, const struct tree *tree, struct error *err)
{
    struct epoch now;
    if (file != tree->root || !file->directory->implied)
        return 0;
    if (epoch_get(&now, err) < 0)
        return -1;
    file->mtime = file->atime = (struct entry_time){.seconds = now.seconds};
    return 0;
}

static int path_pick(struct pick *pick, const struct image_cp *cp, const struct destination *to,
                     const char *path, struct error *err)
{
    struct tree_file *file = path[0] ? file_find(pick->index, path, cp->recursive) : NULL;
    if (!file)
        return error_set(err, ERROR_NOT_FOUND, "there is no \"%.300s\"; lximage ls lists what is",
                         path);
    if (file->type == ENTRY_DIRECTORY && !cp->recursive)
        return error_set(err, ERROR_USAGE,
                         "%.300s is a directory; give -r to copy it with all that lies in it",
                         path);
    if (to->slash && file->type != ENTRY_DIRECTORY)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no directory %s to copy %.300s into; make it, or leave out the "
                         "/ at its end",
                         cp->destination, path);

    size_t n;
    const char *component = last_component(path, &n);
    if (!to->name && is_nameless(component, n))
        return children_pick(pick, file, err);
    AUTO_FREE char *name = to->name ? strdup(to->name) : strndup(component, n);
    if (!name)
        return error_no_memory(err);
    if (root_describe(file, pick->index, err) < 0)
        return -1;
    return pick_add(pick, name, file, err);
}

/* Before anything is read a second time; the sink looks again when it is done. */
static int names_check(const struct pick *pick, const struct destination *to, struct error *err)
{
    const struct tree_name *name = pick->tree.root->directory->first;
    for (; name; name = name->sibling) {
        AUTO_FREE char *path = NULL;
        struct stat st;
        if (paths_join(&path, to->directory, name->text, err) < 0)
            return -1;
        if (lstat(path, &st) == 0)
            return destination_exists(path, err);
    }
    return 0;
}

/* ---- copying ---- */

static int pick_copy(struct pick *pick, const struct image_cp *cp, const struct destination *to,
                     struct error *err)
{
    const struct sink_options options = {.events = cp->open.events, .no_sync = cp->no_sync};
    AUTO_SOURCE struct source *inner = NULL;
    AUTO_SOURCE struct source *source = NULL;
    AUTO_SINK struct sink *sink = NULL;

    if (image_open(&inner, cp->input, &cp->open, err) < 0 ||
        pick_source(&source, steal(&inner), pick, err) < 0 ||
        directory_sink_into(&sink, to->directory, &options, err) < 0)
        return -1;
    event_step(cp->open.events, "copying");
    if (image_copy(source, sink, err) < 0)
        return err && err->code == ERROR_EXISTS ? -1 : image_failed(cp->input, err);
    return 0;
}

static int paths_copy(struct tree *index, struct pick *pick, const struct image_cp *cp,
                      const struct destination *to, struct error *err)
{
    /* Warnings come with the second reading. */
    const struct image_open_options quiet = {
        .no_replay = cp->open.no_replay,
        .volume_path = cp->open.volume_path,
    };

    event_step(cp->open.events, "looking");
    if (tree_index(index, cp->input, &quiet, err) < 0 || pick_init(pick, index, err) < 0)
        return -1;
    for (size_t i = 0; i < cp->n; i++) {
        if (path_pick(pick, cp, to, cp->paths[i], err) < 0)
            return image_failed(cp->input, err);
    }
    if (names_check(pick, to, err) < 0)
        return -1;
    return pick_copy(pick, cp, to, err);
}

int image_cp(const struct image_cp *cp, struct error *err)
{
    CLEANUP(destination_free) struct destination to = {0};
    struct pick pick = {0};
    struct tree index;

    if (tree_index_check(cp->input, err) < 0 || destination_find(&to, cp, err) < 0 ||
        inside_check(cp, &to, err) < 0 || tree_init(&index, err) < 0)
        return -1;
    int rc = paths_copy(&index, &pick, cp, &to, err);
    pick_free(&pick);
    tree_free(&index);
    return rc;
}
