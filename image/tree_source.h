/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every source is made of whose medium gives all its metadata first: the tree in memory is
 * walked (image/tree_walk.h), and content is read as each file comes. A medium adds how it fills
 * the tree, and its content. */
#ifndef LXKIT_IMAGE_TREE_SOURCE_H
#define LXKIT_IMAGE_TREE_SOURCE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/entry.h"
#include "image/source.h"
#include "image/tree.h"
#include "image/tree_walk.h"

struct tree_source;

struct tree_medium {
    const char *number; /* what it calls the number of a file: "inode" */
    const char *advice; /* how a message about damage ends: "; fsck tells more" */
    /* Turns to the content of the file with that number, of size bytes. */
    int (*turn)(struct tree_source *self, uint64_t number, uint64_t size, struct error *err);
    /* As in struct source_ops, of what it has turned to. */
    int (*content)(struct tree_source *self, struct content *out, struct error *err);
    int (*map)(struct tree_source *self, const struct data_extent **out, size_t *n,
               struct error *err);
    int (*pread)(struct tree_source *self, void *buf, size_t n, uint64_t off, struct error *err);
    /* Frees what the medium holds, not itself. */
    void (*free)(struct tree_source *self);
};

/* The first member of each medium. */
struct tree_source {
    struct source source;
    const struct tree_medium *medium;
    struct events *events;
    struct tree tree; /* the medium's to fill, with numbers by which turn() finds content */
    struct tree_walk walk;
    char target[TARGET_BYTES_MAX + 1];
    uint64_t bytes_done, bytes_total; /* of content, for progress */
};

/* size zeroed bytes that begin with a tree_source, whose tree is new; NULL with *err set. Released
 * by source_close(). */
void *tree_source_new(size_t size, const struct tree_medium *medium, struct events *events,
                      struct error *err) MUST_CHECK;
/* The tree is complete: entries come from now on. */
void tree_source_begin(struct tree_source *self);

#endif
