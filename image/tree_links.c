/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tree_links.h"

#include <string.h>

static bool is_over(const struct tree_links *self, const struct tree_file *file)
{
    return file->type != ENTRY_DIRECTORY && file->links > self->max;
}

static int report(struct tree_links *self, const struct tree_file *file, struct error *err)
{
    AUTO_FREE char *path = NULL;
    uint32_t copies = (file->links + self->max - 1) / self->max;

    if (tree_path(file, &path, err) < 0)
        return -1;
    if (!self->allowed)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%.200s has %u hard links; %s allows %u: --split-links makes several "
                         "equal files of it",
                         path, file->links, self->format, self->max);
    event_loss(self->events, "links", path,
               "%u hard links; %s allows %u, so the names lead to %u equal files", file->links,
               self->format, self->max, copies);
    return 0;
}

/* A file like file, without names. Attributes are its own: what is found out about each while they
 * are written is kept beside them. */
static int copy_make(struct tree_links *self, const struct tree_file *file, struct tree_file **out,
                     struct error *err)
{
    struct tree_file *copy;

    if (tree_file_new(self->tree, file->type, &copy, err) < 0)
        return -1;
    struct tree_file *next = copy->next;
    *copy = *file;
    copy->next = next;
    copy->name = NULL;
    copy->links = 0;
    copy->aux = 0;
    if (file->n_xattrs > 0) {
        size_t n = file->n_xattrs * sizeof(*file->xattrs);
        copy->xattrs = arena_alloc(&self->tree->arena, n);
        if (!copy->xattrs)
            return error_no_memory(err);
        memcpy(copy->xattrs, file->xattrs, n);
    }
    if (file->type == ENTRY_FILE) {
        copy->content = NULL;
        if (self->copy(self, file, copy, err) < 0)
            return -1;
    }
    *out = copy;
    return self->made ? self->made(self, file, copy, err) : 0;
}

/* Moves the names that are too many, in the order in which they stand in the tree. The first ones
 * stay; file->aux counts them. */
static int file_split(struct tree_links *self, struct tree_file *file, struct error *err)
{
    struct tree_file *copy = NULL;

    if (report(self, file, err) < 0)
        return -1;
    for (struct tree_file *directory = self->tree->root; directory; directory = directory->next) {
        if (directory->type != ENTRY_DIRECTORY || directory->links == 0)
            continue;
        for (struct tree_name *name = directory->directory->first; name; name = name->sibling) {
            if (name->file != file)
                continue;
            if (file->aux < self->max) {
                file->aux++;
                file->name = name;
                continue;
            }
            if ((!copy || copy->links == self->max) && copy_make(self, file, &copy, err) < 0)
                return -1;
            name->file = copy;
            copy->name = name;
            copy->links++;
            file->links--;
        }
    }
    file->aux = 0;
    return 0;
}

int tree_links_split(struct tree_links *self, struct error *err)
{
    /* Copies come behind, and have no more names than is allowed. */
    for (struct tree_file *file = self->tree->root; file; file = file->next) {
        file->aux = 0;
        if (is_over(self, file) && file_split(self, file, err) < 0)
            return -1;
    }
    return 0;
}
