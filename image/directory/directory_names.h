/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The names of a directory, in the order of their bytes: the file system's own order differs from
 * machine to machine. */
#ifndef LXKIT_IMAGE_DIRECTORY_NAMES_H
#define LXKIT_IMAGE_DIRECTORY_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct directory_name {
    const char *text;
    uint8_t type; /* DT_REG and so on; DT_UNKNOWN where the file system does not tell */
};

struct directory_names {
    char *bytes; /* for each name its type, and its text with a NUL */
    struct directory_name *list;
    size_t n;
};

/* All names but "." and ".." of a directory open for reading. -1 with errno. */
int directory_names_read(struct directory_names *names, int fd);
void directory_names_free(struct directory_names *names);

#endif
