/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which files with several names were met already, by device and inode number in full. */
#ifndef LXKIT_IMAGE_DIRECTORY_LINKS_H
#define LXKIT_IMAGE_DIRECTORY_LINKS_H

#include <stddef.h>
#include <stdint.h>

#include "image/arena.h"

struct directory_link {
    uint64_t device, inode;
    const char *path; /* of the first name; NULL: a free slot */
};

struct directory_links {
    struct arena arena;
    struct directory_link *table; /* open addressing; size is a power of two */
    size_t size, n;
};

/* *first becomes the path under which the file was met before; the first time it is NULL and path
 * is kept. -1 when out of memory. */
int directory_links_meet(struct directory_links *links, uint64_t device, uint64_t inode,
                         const char *path, const char **first);
void directory_links_free(struct directory_links *links);

#endif
