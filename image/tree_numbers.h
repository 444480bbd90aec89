/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The files of a tree whose medium knows them by number and has their names apart from them: first
 * all files come, then the names, directory by directory. */
#ifndef LXKIT_IMAGE_TREE_NUMBERS_H
#define LXKIT_IMAGE_TREE_NUMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/tree.h"

/* A zeroed one has no files. */
struct tree_numbers {
    struct tree_file **files; /* borrowed; their numbers rise */
    size_t n, size;
};

/* Its number is above that of each file before it. */
int tree_numbers_add(struct tree_numbers *numbers, struct tree_file *file,
                     struct error *err) MUST_CHECK;
struct tree_file *tree_numbers_find(const struct tree_numbers *numbers, uint32_t number);
void tree_numbers_free(struct tree_numbers *numbers);

/* Calls names(), which links what lies in a directory, for each as it is reached from the root: so
 * it has its own place before. All files were added. */
int tree_numbers_link(const struct tree_numbers *numbers, struct tree *tree,
                      int (*names)(void *context, struct tree_file *directory, struct error *err),
                      void *context, struct error *err) MUST_CHECK;

#endif
