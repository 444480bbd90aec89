/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which directory of a volume is the root of the tree. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_ROOT_H
#define LXKIT_IMAGE_NTFS_NTFS_ROOT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_survey.h"

enum {
    NTFS_BESIDE_MAX = 2,
};

struct ntfs_root {
    uint32_t directory;
    enum ntfs_generation generation; /* how the names below are escaped */
    bool is_found; /* neither \rootfs nor asked for: people may want to know where it is */
    /* Directories of the oldest systems that lie beside the root and belong into it. */
    struct {
        const char *name;
        uint32_t directory;
    } beside[NTFS_BESIDE_MAX];
    size_t n_beside;
};

/* path: where it is said to be, from the volume's root on; NULL: \rootfs if it has the metadata of
 * a root, else the only directory that is called so and has it, else the only one that has it
 * without lying in another, else the volume's root. NOT_FOUND, WRONG_KIND: of path; USAGE: there is
 * a choice. */
int ntfs_root_find(struct ntfs_root *out, const struct ntfs_survey *survey, const char *path,
                   struct error *err) MUST_CHECK;

#endif
