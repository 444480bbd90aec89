/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths on a mounted NTFS volume, as Linux had them: ntfs-3g shows the names that the volume has.
 */
#ifndef LXKIT_IMAGE_NTFS_NTFS_MOUNTED_PATH_H
#define LXKIT_IMAGE_NTFS_NTFS_MOUNTED_PATH_H

#include <stdint.h>

#include "core/error.h"
#include "image/entry.h"
#include "image/ntfs/ntfs_inode_facts.h"

struct ntfs_mounted_path {
    int root; /* the directory that paths begin at */
    enum ntfs_generation generation;
    char text[PATH_BYTES_MAX + 1]; /* of the current entry; "" at first */
};

/* Sets self->text to what path on the mount is in Linux, where entries come as of a walk: each
 * directory right before what lies in it. *why: for what reason that is not what Linux called the
 * file; NULL: it is. Two files of one name are DAMAGED. */
int ntfs_mounted_path_set(struct ntfs_mounted_path *self, const char *path,
                          const struct ntfs_inode_facts *facts, uint64_t inode, const char **why,
                          struct error *err) MUST_CHECK;

#endif
