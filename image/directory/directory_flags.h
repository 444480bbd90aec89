/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flags of an inode on a file system: what chattr sets. */
#ifndef LXKIT_IMAGE_DIRECTORY_FLAGS_H
#define LXKIT_IMAGE_DIRECTORY_FLAGS_H

#include <stdint.h>
#include <sys/stat.h>

#include "image/entry.h"

enum {
    /* With one of these nothing else of a file can be changed. */
    DIRECTORY_FLAGS_HARD = ENTRY_IMMUTABLE | ENTRY_APPEND,
};

/* Of a file or directory that stx describes; fd is open for reading, or -1 where that may not be,
 * and fewer flags are seen then. A file system without flags has none. */
uint16_t directory_flags_get(int fd, const struct statx *stx);
/* Sets those of mask to what flags says; the others stay. fd is open, and no O_PATH. -1 with errno
 * (EOPNOTSUPP: the file system has no such flags). */
int directory_flags_set(int fd, uint16_t mask, uint16_t flags);

#endif
