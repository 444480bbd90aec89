/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The directory that a distribution's disk lies in. */
#ifndef LXKIT_INSTALL_LOCATION_H
#define LXKIT_INSTALL_LOCATION_H

#include <stddef.h>

#include "core/error.h"

/* An absolute path with every symbolic link resolved, as far as it exists; malloc'd. Two paths to
 * one directory give the same. */
int location_canonical(char **out, const char *path, struct error *err) MUST_CHECK;

/* A directory that is ours while a disk is made in it: nobody else can claim it. */
struct location {
    char *path;
    int fd;      /* of the directory, locked */
    size_t made; /* directories from this length of path on were made by us; 0: none */
};

/* Makes the directory (mode 0700: a disk shows every secret in it) and missing parents. BUSY where
 * another process has claimed it. */
int location_claim(struct location *out, const char *path, struct error *err) MUST_CHECK;
/* Lets go of it; what was made stays. Zeroed or released before is fine. */
void location_keep(struct location *location);
/* Likewise, and removes the directories that were made, where they are empty. */
void location_undo(struct location *location);

#define AUTO_LOCATION CLEANUP(location_undo)

#endif
