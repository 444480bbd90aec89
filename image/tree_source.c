/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tree_source.h"

#include <stdlib.h>
#include <string.h>

/* A symbolic link whose target is content of its medium. */
static int target_read(struct tree_source *self, const struct tree_file *file, struct error *err)
{
    const struct tree_medium *medium = self->medium;
    struct content piece;
    size_t n = 0;
    int rc;
    if (medium->turn(self, file->number, file->size, err) < 0)
        return -1;
    while ((rc = medium->content(self, &piece, err)) > 0) {
        if (piece.offset != n || piece.n > TARGET_BYTES_MAX - n)
            break;
        memcpy(self->target + n, piece.bytes, piece.n);
        n += piece.n;
    }
    if (rc < 0)
        return -1;
    if (n != file->size || memchr(self->target, '\0', n))
        return error_set(err, ERROR_DAMAGED,
                         "the target of a symbolic link (%s %u) cannot be read whole%s",
                         medium->number, file->number, medium->advice);
    self->target[n] = '\0';
    return 0;
}

static int tree_next(struct source *source, const struct entry **out, struct error *err)
{
    struct tree_source *self = (struct tree_source *)source;
    int rc = tree_walk_next(&self->walk, out, err);
    if (rc <= 0)
        return rc;

    const struct tree_file *file = self->walk.file;
    struct entry *entry = &self->walk.entry;
    if (entry->type == ENTRY_SYMLINK && !file->target) {
        if (target_read(self, file, err) < 0)
            return error_wrap(err, "%.200s", entry->path);
        entry->target = self->target;
    }
    if (entry->type == ENTRY_FILE) {
        self->bytes_done += file->size;
        event_progress(self->events, self->bytes_done, self->bytes_total);
        if (self->medium->turn(self, file->number, file->size, err) < 0)
            return error_wrap(err, "%.200s", entry->path);
    }
    return 1;
}

static int tree_content(struct source *source, struct content *out, struct error *err)
{
    struct tree_source *self = (struct tree_source *)source;
    if (self->walk.entry.type != ENTRY_FILE)
        return 0;
    int rc = self->medium->content(self, out, err);
    return rc < 0 ? error_wrap(err, "%.200s", self->walk.entry.path) : rc;
}

static int tree_map(struct source *source, const struct data_extent **out, size_t *n,
                    struct error *err)
{
    struct tree_source *self = (struct tree_source *)source;
    return self->medium->map(self, out, n, err);
}

static int tree_key(struct source *source, uint64_t *key, UNUSED struct error *err)
{
    struct tree_source *self = (struct tree_source *)source;
    *key = self->walk.file->number;
    return 0;
}

static int tree_turn(struct source *source, uint64_t key, uint64_t size, struct error *err)
{
    struct tree_source *self = (struct tree_source *)source;
    return self->medium->turn(self, key, size, err);
}

static int tree_pread(struct source *source, void *buf, size_t n, uint64_t off, struct error *err)
{
    struct tree_source *self = (struct tree_source *)source;
    return self->medium->pread(self, buf, n, off, err);
}

static void tree_close(struct source *source)
{
    struct tree_source *self = (struct tree_source *)source;
    tree_walk_free(&self->walk);
    self->medium->free(self);
    tree_free(&self->tree);
    free(self);
}

static const struct source_ops tree_ops = {
    .next = tree_next,
    .content = tree_content,
    .map = tree_map,
    .key = tree_key,
    .turn = tree_turn,
    .pread = tree_pread,
    .close = tree_close,
};

void *tree_source_new(size_t size, const struct tree_medium *medium, struct events *events,
                      struct error *err)
{
    struct tree_source *self = calloc(1, size);
    if (!self) {
        error_no_memory(err);
        return NULL;
    }
    if (tree_init(&self->tree, err) < 0) {
        tree_free(&self->tree);
        free(self);
        return NULL;
    }
    self->source.ops = &tree_ops;
    self->medium = medium;
    self->events = events;
    return self;
}

void tree_source_begin(struct tree_source *self)
{
    tree_walk_init(&self->walk, &self->tree);
    for (const struct tree_file *file = self->tree.root; file; file = file->next) {
        if (file->links > 0 && file->type == ENTRY_FILE)
            self->bytes_total += file->size;
    }
}
