/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree from an NTFS volume as WSL1 fills it (wslfs, and its forerunner lxfs), or Windows, or
 * ntfs-3g, on any block device.
 *
 * All metadata is read first, the master file table in its order; entries then come parents first,
 * the names of a directory by the number of their file. Where the tree begins on the volume:
 * image/ntfs/ntfs_root.h. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SOURCE_H
#define LXKIT_IMAGE_NTFS_NTFS_SOURCE_H

#include "core/blockdev.h"
#include "core/error.h"
#include "image/source.h"

/* dev is owned, also on failure. A volume that was not unmounted is read as it lies, with a
 * warning, or refused as options say. Files without metadata of Linux, and alternate streams, are
 * one warning each; what cannot be kept of a file is a loss. */
int ntfs_source(struct source **out, struct blockdev *dev, const struct image_open_options *options,
                struct error *err) MUST_CHECK;

#endif
