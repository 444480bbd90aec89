/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A whole source as a tree in memory, for what needs to know all before it can say anything. */
#ifndef LXKIT_IMAGE_GATHER_H
#define LXKIT_IMAGE_GATHER_H

#include "core/error.h"
#include "image/source.h"
#include "image/tree.h"

struct gather {
    /* Called for each ENTRY_FILE; may pull its content from source and set file->content, which
     * is NULL before. */
    int (*content)(struct gather *self, struct tree *tree, struct tree_file *file,
                   struct source *source, struct error *err);
};

/* Adds all that source has to tree, which is made by tree_init(), and finishes it. */
int gather_tree(struct gather *self, struct tree *tree, struct source *source,
                struct error *err) MUST_CHECK;

#endif
