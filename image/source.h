/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A source: a tree, entry by entry in the medium's order, with content. Filters are sources over a
 * source and own it. */
#ifndef LXKIT_IMAGE_SOURCE_H
#define LXKIT_IMAGE_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/entry.h"

/* A piece of a file's content. Pieces come in rising order; what lies between them is a hole. */
struct content {
    const void *bytes;
    size_t n;
    uint64_t offset;
};

/* A run of a file's bytes that is no hole. */
struct data_extent {
    uint64_t offset;
    uint64_t length;
};

/* How a tree is opened; a zeroed one is the common case, and NULL stands for it. */
struct image_open_options {
    struct events *events; /* warnings, and progress as bytes of the input */
    const char *name;      /* what warnings call the input; image_open() sets it itself */
    bool no_replay; /* a disk whose journal holds changes is refused (DAMAGED), where it would
                     * be read as if they had been replayed */
    const char *volume_path; /* NTFS: where the tree begins on the volume; NULL: found by itself */
    bool others_whole;       /* inputs of other kinds are read whole then; else they are refused */
    bool knows_journal;      /* what a run left unsaved beside the disk is not warned of */
};

struct source;

struct source_ops {
    /* The next entry: 1, 0 at the end, negative on error. *out is valid until the next call. The
     * content of an ENTRY_FILE that was not read is skipped. */
    int (*next)(struct source *self, const struct entry **out, struct error *err);
    /* The next piece of the current entry's content: 1, 0 at its end, negative on error. Valid
     * until the next call of anything. */
    int (*content)(struct source *self, struct content *out, struct error *err);
    /* Where the current entry, an ENTRY_FILE, has data, before its content is read: *out is a list
     * in rising order, all between is a hole. 1; 0: not known, or not without reading; negative on
     * error. Valid until the next call of anything. NULL: never known. */
    int (*map)(struct source *self, const struct data_extent **out, size_t *n, struct error *err);
    /* Content once more and from anywhere, when the last entry has come. NULL, all three, where it
     * can only be read as it goes by. */
    /* By what the content of the current entry, an ENTRY_FILE, is found again. */
    int (*key)(struct source *self, uint64_t *key, struct error *err);
    /* Turns to the content with that key, of size bytes; map then speaks of it. */
    int (*turn)(struct source *self, uint64_t key, uint64_t size, struct error *err);
    /* n bytes of it from off on, holes as zeros; they must lie in it. */
    int (*pread)(struct source *self, void *buf, size_t n, uint64_t off, struct error *err);
    void (*close)(struct source *self);
};

struct source {
    const struct source_ops *ops;
};

int source_next(struct source *self, const struct entry **out, struct error *err) MUST_CHECK;
int source_content(struct source *self, struct content *out, struct error *err) MUST_CHECK;
int source_map(struct source *self, const struct data_extent **out, size_t *n,
               struct error *err) MUST_CHECK;
void source_close(struct source *self); /* NULL is fine */

static inline void source_closep(struct source **source)
{
    source_close(*source);
}

#define AUTO_SOURCE CLEANUP(source_closep)

#endif
