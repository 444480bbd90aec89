/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree with changes laid over it: files are edited, and others are added.
 *
 * What the editor wants to see is held back as it goes by, in whatever order it comes, and all else
 * passes. When the tree is complete the editor changes it; then comes what was held back, each file
 * with owner, mode and attributes as they were, and what is new.
 *
 * Paths are those of entries. Symbolic links in their middle are followed, inside the tree. */
#ifndef LXKIT_IMAGE_FILTER_OVERLAY_H
#define LXKIT_IMAGE_FILTER_OVERLAY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/epoch.h"
#include "core/error.h"
#include "core/event.h"
#include "image/source.h"
#include "image/tree.h"

enum {
    OVERLAY_FILE_BYTES_MAX = 16 << 20, /* of one file that is held back */
    OVERLAY_BYTES_MAX = 64 << 20,      /* of all of them */
};

struct overlay_file;

/* The tree, for an editor. */
struct overlay {
    struct tree tree; /* everything as it will be, but attributes; content is the overlay's */
    struct epoch now; /* the time of what is changed */
    struct events *events;
    const struct overlay_editor *editor;
    struct overlay_file *first, *last;
    uint64_t held; /* bytes */
};

/* The first member of an editor. */
struct overlay_editor {
    /* Whether the content of the file at path is to be held back. */
    bool (*wants)(const struct overlay_editor *self, const char *path);
    int (*edit)(struct overlay_editor *self, struct overlay *overlay, struct error *err);
    void (*free)(struct overlay_editor *self); /* with self */
};

/* inner and editor are owned, also on failure. */
int filter_overlay(struct source **out, struct source *inner, struct overlay_editor *editor,
                   const struct epoch *now, struct events *events, struct error *err) MUST_CHECK;

/* The content of a file that was held back: 1, 0 where the tree has none. It ends with a NUL that
 * does not count, and is good until the file is changed. UNSUPPORTED where something else than a
 * file of its own has the name. */
int overlay_content(struct overlay *self, const char *path, const char **bytes, size_t *n,
                    struct error *err) MUST_CHECK;
/* Gives it new content, which is copied; where the tree has none, a new one of root's with mode. */
int overlay_replace(struct overlay *self, const char *path, const void *bytes, size_t n,
                    uint16_t mode, struct error *err) MUST_CHECK;
/* Adds what entry says, in place of what has its name; times that are 0 become now, and missing
 * parents are made. An ENTRY_FILE has the entry->size bytes, copied, or for NULL the content of the
 * file host on this machine. */
int overlay_add(struct overlay *self, const struct entry *entry, const void *bytes,
                const char *host, struct error *err) MUST_CHECK;

#endif
