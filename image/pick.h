/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parts of a tree as a tree of their own: chosen files and directories get names in a new root, and
 * what lies below them comes along.
 *
 *     init with the index of a tree (image/tree_index.h), add what is chosen, then read once more:
 *     a source over that second reading gives the new tree.
 *
 * Of a file with several names those that were chosen are one file again; it has its content also
 * where the name that the medium keeps it by was not chosen. */
#ifndef LXKIT_IMAGE_PICK_H
#define LXKIT_IMAGE_PICK_H

#include <stddef.h>

#include "core/error.h"
#include "image/source.h"
#include "image/tree.h"

struct pick {
    struct tree *index; /* borrowed; its aux are ours, and 0 before */
    struct tree tree;   /* the new one, of the same files */
};

int pick_init(struct pick *pick, struct tree *index, struct error *err) MUST_CHECK;
void pick_free(struct pick *pick);

/* Gives file, of the index, a name in the root. EXISTS where that is taken; USAGE where file was
 * chosen before, alone or with what it lies in, or holds what was. */
int pick_add(struct pick *pick, const char *name, struct tree_file *file,
             struct error *err) MUST_CHECK;

/* What was chosen: first all but the content of files, then files in the order of inner, another
 * reading of what the index was made of. inner is owned, also on failure; pick is borrowed, and
 * used up. BUSY, from next, where inner shows that the tree has changed. */
int pick_source(struct source **out, struct source *inner, struct pick *pick,
                struct error *err) MUST_CHECK;

#endif
