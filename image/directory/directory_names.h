/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a directory, in the order of their bytes: the file system's own order differs from
 * machine to machine. */
#ifndef LXKIT_IMAGE_DIRECTORY_NAMES_H
#define LXKIT_IMAGE_DIRECTORY_NAMES_H

#include <stddef.h>

struct directory_names {
    char *bytes; /* the names, each with its NUL */
    const char **list;
    size_t n;
};

/* All names but "." and ".." of a directory open for reading. -1 with errno. */
int directory_names_read(struct directory_names *names, int fd);
void directory_names_free(struct directory_names *names);

#endif
