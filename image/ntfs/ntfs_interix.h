/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Links and devices as Interix kept them, which is also what ntfs-3g makes unless it is told
 * otherwise: a file with the attribute SYSTEM, and content that says what it is.
 * Source: layout.h of ntfs-3g, INTX_FILE. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_INTERIX_H
#define LXKIT_IMAGE_NTFS_NTFS_INTERIX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/entry.h"

enum {
    NTFS_INTERIX_BYTES_MAX = 8 + 2 * TARGET_BYTES_MAX, /* larger files are files */
};

struct ntfs_interix {
    enum entry_type type;
    uint32_t major, minor;
    char *target; /* malloc'd; of a symbolic link */
};

/* 1: the content of a SYSTEM file is of that form; 0: it is a file like others. */
int ntfs_interix_read(struct ntfs_interix *out, const uint8_t *content, size_t n,
                      struct error *err) MUST_CHECK;

#endif
