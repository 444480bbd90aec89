/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree holds, without content: for what has to know all of it first, since in an archive a
 * later entry may replace or move what came before.
 *
 * The number of a file is the place of its entry in the source, so that a second reading finds its
 * content again. */
#ifndef LXKIT_IMAGE_TREE_INDEX_H
#define LXKIT_IMAGE_TREE_INDEX_H

#include <stdbool.h>

#include "core/error.h"
#include "image/source.h"
#include "image/tree.h"

/* Adds all that input holds to tree, which is made by tree_init(), and finishes it. */
int tree_index(struct tree *tree, const char *input, const struct image_open_options *options,
               struct error *err) MUST_CHECK;

/* The file that path leads to, with a symbolic link at its end followed too, as far as it leads to
 * anything; path may begin and end with "/". NULL: none, or a circle. */
struct tree_file *tree_index_follow(struct tree *tree, const char *path);

/* Whether entry, of another reading, is the ENTRY_FILE that file was made of. */
bool tree_index_matches(const struct tree_file *file, const struct entry *entry);

/* USAGE where input can be read only once: content can then not be asked for by name. */
int tree_index_check(const char *input, struct error *err) MUST_CHECK;

#endif
