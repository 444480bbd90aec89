/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entries of a tree in memory, one after the other: a directory before what lies in it, the
 * names of a directory by the number of their file. The second and later names of a file are
 * hard links. */
#ifndef LXKIT_IMAGE_TREE_WALK_H
#define LXKIT_IMAGE_TREE_WALK_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "image/entry.h"
#include "image/tree.h"

struct tree_walk {
    struct tree *tree;
    struct tree_file *file; /* that entry is about */
    struct entry entry;
    struct tree_name *name; /* of it; NULL before the root's children */
    char *path;
    size_t path_n, path_size; /* path_n: bytes of path in use */
    char *target;
    struct xattr *xattrs;
    size_t xattrs_size;
};

/* Uses file->aux of every file in tree, which is borrowed. */
void tree_walk_init(struct tree_walk *walk, struct tree *tree);
void tree_walk_free(struct tree_walk *walk);
/* 1 with walk->file and *out (walk->entry) set, 0 at the end, negative on error. Where the file is
 * a symbolic link without a target yet, the entry's target is NULL. */
int tree_walk_next(struct tree_walk *walk, const struct entry **out, struct error *err) MUST_CHECK;
/* What the entry of a file says, without its path and its extended attributes. */
struct entry tree_walk_entry(const struct tree_file *file);

#endif
