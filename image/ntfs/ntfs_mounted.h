/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree of WSL1 on an NTFS volume that ntfs-3g has mounted: a directory, and what Linux knows of
 * its files in the attributes that the mount shows beside them.
 *
 * Types, owners, modes, devices, targets, times to 100 ns and extended attributes are those of the
 * metadata that WSL wrote, names are those that Linux gave, and what WSL1 split is one file again,
 * all as if the volume itself were read. The mount hides four things: where files have holes, the
 * content of a link of LX_SYMLINK version 1, which is left out as a loss, carriers in streams of
 * more than 64 KiB or of what is neither file nor directory, and that the volume is sound. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_MOUNTED_H
#define LXKIT_IMAGE_NTFS_NTFS_MOUNTED_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "image/source.h"

/* Whether the directory at path is such a tree, or holds one as "rootfs": its root has metadata of
 * WSL. */
bool ntfs_mounted_is(const char *path);
int ntfs_mounted_source(struct source **out, const char *path, struct events *events,
                        struct error *err) MUST_CHECK;

#endif
