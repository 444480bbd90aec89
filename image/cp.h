/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files and directories out of a tree. */
#ifndef LXKIT_IMAGE_CP_H
#define LXKIT_IMAGE_CP_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "image/source.h"

/* What to copy, as cp(1) means it. Strings are borrowed. */
struct image_cp {
    const char *input;
    char *const *paths; /* in the tree at input, n of them; "/" leads */
    size_t n;
    const char *destination; /* a directory to go into, or a new name for the only path */
    bool recursive;          /* directories too; a symbolic link at a path's end is copied itself,
                              * where it would be followed inside the tree */
    bool no_sync;            /* leave out flushing */
    struct image_open_options open;
};

/* Copies everything or nothing, with all metadata; nothing is overwritten (EXISTS). What this user
 * may not set is an event of loss. The input is read twice, whatever the number of paths: USAGE
 * where it can be only once. */
int image_cp(const struct image_cp *cp, struct error *err) MUST_CHECK;

#endif
