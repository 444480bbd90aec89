/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tree_walk.h"

#include <stdlib.h>
#include <string.h>

void tree_walk_init(struct tree_walk *walk, struct tree *tree)
{
    *walk = (struct tree_walk){.tree = tree};
    for (struct tree_file *file = tree->root; file; file = file->next)
        file->aux = 0;
}

void tree_walk_free(struct tree_walk *walk)
{
    free(walk->path);
    free(walk->target);
    free(walk->xattrs);
    *walk = (struct tree_walk){0};
}

/* ---- from name to name ---- */

static int name_order(const struct tree_name *x, const struct tree_name *y)
{
    if (x->file->number != y->file->number)
        return x->file->number < y->file->number ? -1 : 1;
    return strcmp(x->text, y->text);
}

static int path_push(struct tree_walk *walk, const struct tree_name *name, struct error *err)
{
    size_t need = walk->path_n + 1 + name->length + 1;
    if (need > walk->path_size) {
        size_t size = need * 2;
        char *path = realloc(walk->path, size);
        if (!path)
            return error_no_memory(err);
        walk->path = path;
        walk->path_size = size;
    }
    if (walk->path_n > 0)
        walk->path[walk->path_n++] = '/';
    memcpy(walk->path + walk->path_n, name->text, name->length + 1u);
    walk->path_n += name->length;
    return 0;
}

static void path_pop(struct tree_walk *walk, const struct tree_name *name)
{
    walk->path_n -= name->length;
    walk->path_n -= walk->path_n > 0; /* the slash */
    walk->path[walk->path_n] = '\0';
}

/* The next name in order; NULL at the end. */
static int step(struct tree_walk *walk, struct tree_name **out, struct error *err)
{
    struct tree_name *next = NULL;
    bool directory = walk->file->type == ENTRY_DIRECTORY && walk->entry.type != ENTRY_LINK;
    if (directory) {
        if (tree_names_sort(walk->file->directory, name_order, err) < 0)
            return -1;
        next = walk->file->directory->first;
    }
    for (struct tree_name *name = walk->name; !next && name; name = name->directory->name) {
        path_pop(walk, name);
        next = name->sibling;
    }
    *out = next;
    return next ? path_push(walk, next, err) : 0;
}

/* ---- entries ---- */

static int xattrs_fill(struct tree_walk *walk, const struct tree_file *file, struct error *err)
{
    if (file->n_xattrs > walk->xattrs_size) {
        struct xattr *xattrs = reallocarray(walk->xattrs, file->n_xattrs, sizeof(*xattrs));
        if (!xattrs)
            return error_no_memory(err);
        walk->xattrs = xattrs;
        walk->xattrs_size = file->n_xattrs;
    }
    for (size_t i = 0; i < file->n_xattrs; i++) {
        walk->xattrs[i] = (struct xattr){
            .name = file->xattrs[i].name,
            .value = file->xattrs[i].value,
            .size = file->xattrs[i].size,
        };
    }
    walk->entry.xattrs = walk->xattrs;
    walk->entry.n_xattrs = file->n_xattrs;
    return 0;
}

static int link_fill(struct tree_walk *walk, const struct tree_file *file, struct error *err)
{
    free(walk->target);
    walk->target = NULL;
    if (tree_path(file, &walk->target, err) < 0)
        return -1;
    walk->entry = (struct entry){
        .path = walk->path,
        .type = ENTRY_LINK,
        .target = walk->target,
    };
    return 0;
}

struct entry tree_walk_entry(const struct tree_file *file)
{
    return (struct entry){
        .target = file->type == ENTRY_SYMLINK ? file->target : NULL,
        .type = file->type,
        .mode = file->mode,
        .flags = file->flags,
        .uid = file->uid,
        .gid = file->gid,
        .major = file->major,
        .minor = file->minor,
        .mtime = file->mtime,
        .atime = file->atime,
        .ctime = file->ctime,
        .crtime = file->crtime,
        .size = file->size,
    };
}

static int entry_fill(struct tree_walk *walk, struct tree_file *file, struct tree_name *name,
                      struct error *err)
{
    walk->file = file;
    walk->name = name;
    if (file->aux)
        return link_fill(walk, file, err);
    file->aux = 1;
    file->name = name;
    walk->entry = tree_walk_entry(file);
    walk->entry.path = walk->path ? walk->path : "";
    return xattrs_fill(walk, file, err);
}

int tree_walk_next(struct tree_walk *walk, const struct entry **out, struct error *err)
{
    struct tree_name *name = NULL;
    if (walk->file && step(walk, &name, err) < 0)
        return -1;
    if (walk->file && !name)
        return 0;
    if (entry_fill(walk, name ? name->file : walk->tree->root, name, err) < 0)
        return -1;
    *out = &walk->entry;
    return 1;
}
