/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/gather.h"

#include "core/cancel.h"

int gather_tree(struct gather *self, struct tree *tree, struct source *source, struct error *err)
{
    const struct entry *entry;
    struct tree_file *file;
    int rc;

    while ((rc = source_next(source, &entry, err)) > 0) {
        if (cancel_check(err) < 0 || tree_put(tree, entry, &file, err) < 0)
            return -1;
        if (file && file->type == ENTRY_FILE && self->content(self, tree, file, source, err) < 0)
            return -1;
    }
    return rc < 0 ? -1 : tree_finish(tree, err);
}
