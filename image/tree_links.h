/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files with more names than a file system can count. */
#ifndef LXKIT_IMAGE_TREE_LINKS_H
#define LXKIT_IMAGE_TREE_LINKS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/tree.h"

struct tree_links {
    struct tree *tree;
    struct events *events;
    const char *format; /* "ext4" */
    uint32_t max;       /* names of one file */
    bool allowed;       /* to split; otherwise such a file is refused */
    /* Gives to, which is like from and has no content yet, its own copy of it. */
    int (*copy)(struct tree_links *self, const struct tree_file *from, struct tree_file *to,
                struct error *err);
    /* Is told of each file that was made of another one; NULL: need not know. */
    int (*made)(struct tree_links *self, const struct tree_file *from, const struct tree_file *to,
                struct error *err);
};

/* Makes files with more names than max several equal files, and reports that as a loss; where it is
 * not allowed they are refused (UNSUPPORTED). The tree is finished; every file->aux becomes 0. */
int tree_links_split(struct tree_links *self, struct error *err) MUST_CHECK;

#endif
