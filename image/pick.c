/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/pick.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/list.h"
#include "image/tree_index.h"
#include "image/tree_walk.h"

/* tree_file.aux while things are chosen. */
enum {
    PICK_CHOSEN = 1,
    PICK_HOLDS = 2, /* a directory with something chosen below it */
};

/* ---- choosing ---- */

int pick_init(struct pick *pick, struct tree *index, struct error *err)
{
    *pick = (struct pick){.index = index};
    return tree_init(&pick->tree, err);
}

void pick_free(struct pick *pick)
{
    tree_free(&pick->tree);
}

static int twice(const char *name, struct error *err)
{
    return error_set(err, ERROR_USAGE,
                     "%.200s is asked for twice, by itself and with a directory that holds it, or "
                     "under two names; leave one of them out, or copy it on its own",
                     name);
}

/* A file of several names may be asked for by each of them; what has one name has one place. */
static int place_take(const char *name, struct tree_file *file, struct error *err)
{
    bool again = file->aux & PICK_CHOSEN;
    if (file->type != ENTRY_DIRECTORY && file->links - again > 1)
        return 0;
    if (file->aux)
        return twice(name, err);
    for (const struct tree_name *up = file->name; up; up = up->directory->name) {
        if (up->directory->aux & PICK_CHOSEN)
            return twice(name, err);
    }
    for (const struct tree_name *up = file->name; up; up = up->directory->name)
        up->directory->aux |= PICK_HOLDS;
    return 0;
}

int pick_add(struct pick *pick, const char *name, struct tree_file *file, struct error *err)
{
    if (tree_find(&pick->tree, name))
        return error_set(err, ERROR_EXISTS,
                         "two of the paths end in %.200s; copy them into two directories", name);
    if (place_take(name, file, err) < 0)
        return -1;
    file->aux |= PICK_CHOSEN;
    if (file->type == ENTRY_DIRECTORY)
        file->links = 0; /* it leaves its old place, as a directory has but one */
    return tree_link(&pick->tree, pick->tree.root, name, strlen(name), file, err);
}

/* ---- the source ---- */

struct pick_file {
    const struct tree_file *file;
    const char *path;
};

struct pick_source {
    struct source source;
    struct source *inner;
    struct pick *pick;
    struct tree_walk walk;
    bool walked;
    struct pick_file *files; /* whose content is still to come */
    size_t n_files, files_size;
    size_t next;     /* of files */
    uint32_t number; /* of inner's next entry */
    struct entry entry;
    bool is_file; /* entry is a file, inner's current one */
};

static int file_note(struct pick_source *self, struct error *err)
{
    if (list_grow(&self->files, self->n_files, &self->files_size, err) < 0)
        return -1;
    const char *path = self->walk.entry.path;
    path = arena_copy(&self->pick->tree.arena, path, strlen(path));
    if (!path)
        return error_no_memory(err);
    self->files[self->n_files++] = (struct pick_file){self->walk.file, path};
    return 0;
}

static int number_order(const void *a, const void *b)
{
    uint32_t x = ((const struct pick_file *)a)->file->number;
    uint32_t y = ((const struct pick_file *)b)->file->number;
    return (x > y) - (x < y);
}

/* Everything but the root and the files, which are noted. */
static int walk_next(struct pick_source *self, const struct entry **out, struct error *err)
{
    int rc;
    while ((rc = tree_walk_next(&self->walk, out, err)) > 0) {
        if ((*out)->type == ENTRY_FILE) {
            if (file_note(self, err) < 0)
                return -1;
        } else if ((*out)->path[0] != '\0') {
            return 1;
        }
    }
    if (rc == 0) {
        self->walked = true;
        if (self->n_files > 0)
            qsort(self->files, self->n_files, sizeof(*self->files), number_order);
    }
    return rc;
}

static int changed(struct error *err)
{
    return error_set(err, ERROR_BUSY, "it changed while it was read; try again");
}

static int files_next(struct pick_source *self, const struct entry **out, struct error *err)
{
    const struct entry *entry;
    int rc = 1;

    if (self->next == self->n_files)
        return 0;
    const struct pick_file *wanted = &self->files[self->next++];
    for (bool found = false; !found; self->number++) {
        rc = source_next(self->inner, &entry, err);
        if (rc <= 0)
            return rc < 0 ? -1 : changed(err);
        if (cancel_check(err) < 0)
            return -1;
        found = self->number == wanted->file->number;
    }
    if (!tree_index_matches(wanted->file, entry))
        return changed(err);
    self->entry = *entry;
    self->entry.path = wanted->path;
    self->is_file = true;
    *out = &self->entry;
    return 1;
}

static int pick_next(struct source *source, const struct entry **out, struct error *err)
{
    struct pick_source *self = (struct pick_source *)source;
    self->is_file = false;
    if (!self->walked) {
        int rc = walk_next(self, out, err);
        if (rc != 0)
            return rc;
    }
    return files_next(self, out, err);
}

static int pick_content(struct source *source, struct content *out, struct error *err)
{
    struct pick_source *self = (struct pick_source *)source;
    return self->is_file ? source_content(self->inner, out, err) : 0;
}

static int pick_map(struct source *source, const struct data_extent **out, size_t *n,
                    struct error *err)
{
    struct pick_source *self = (struct pick_source *)source;
    return self->is_file ? source_map(self->inner, out, n, err) : 0;
}

static void pick_close(struct source *source)
{
    struct pick_source *self = (struct pick_source *)source;
    tree_walk_free(&self->walk);
    source_close(self->inner);
    free(self->files);
    free(self);
}

static const struct source_ops pick_ops = {
    .next = pick_next,
    .content = pick_content,
    .map = pick_map,
    .close = pick_close,
};

int pick_source(struct source **out, struct source *inner, struct pick *pick, struct error *err)
{
    struct pick_source *self = calloc(1, sizeof(*self));
    if (!self) {
        source_close(inner);
        return error_no_memory(err);
    }
    self->source.ops = &pick_ops;
    self->inner = inner;
    self->pick = pick;
    for (struct tree_file *file = pick->index->root; file; file = file->next)
        file->aux = 0;
    tree_walk_init(&self->walk, &pick->tree);
    *out = &self->source;
    return 0;
}
