/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree from an ext4 file system (or ext2, ext3) on any block device, by libext2fs.
 *
 * All metadata is read first, inode tables in order; entries then come parents first, the names of
 * a directory by inode number, which is the order of arrival on disks that were written at once, so
 * that content is read forwards. /lost+found is left out where it is as mkfs made it. */
#ifndef LXKIT_IMAGE_EXT4_SOURCE_H
#define LXKIT_IMAGE_EXT4_SOURCE_H

#include "core/blockdev.h"
#include "core/error.h"
#include "image/source.h"

/* dev is owned, also on failure. A journal that still holds changes is replayed in memory, with a
 * warning, or refused as options say. Refused by name (UNSUPPORTED): features that are not known,
 * encrypted files. */
int ext4_source(struct source **out, struct blockdev *dev, const struct image_open_options *options,
                struct error *err) MUST_CHECK;

#endif
