/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The extended attributes of one file on a file system. */
#ifndef LXKIT_IMAGE_DIRECTORY_XATTR_H
#define LXKIT_IMAGE_DIRECTORY_XATTR_H

#include <stddef.h>

#include "core/error.h"
#include "core/event.h"
#include "image/arena.h"
#include "image/entry.h"

struct directory_xattrs {
    struct arena arena; /* of names and values */
    struct xattr *list;
    size_t n, size;
    char *buffer;
};

/* Reads all attributes of the file that held holds, and opened where that is open too (or -1), in
 * the order of their names. One whose value may not be read is left out with a warning that names
 * path. */
int directory_xattrs_read(struct directory_xattrs *xattrs, int held, int opened, const char *path,
                          struct events *events, struct error *err) MUST_CHECK;
void directory_xattrs_free(struct directory_xattrs *xattrs);

#endif
