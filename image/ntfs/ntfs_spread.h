/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files whose attributes do not fit in one record:
 *
 *     first record      STANDARD_INFORMATION | ATTRIBUTE_LIST | what else fits
 *     extension records the rest, in order; an attribute of many runs in pieces
 *
 * The list says in which record each attribute, or piece of one, lies. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SPREAD_H
#define LXKIT_IMAGE_NTFS_NTFS_SPREAD_H

#include "core/error.h"
#include "image/ntfs/ntfs_writer.h"

/* Makes the records of a file that does not fit in one, which wait in the writer for their turn; 1
 * then, 0 where it fits. After its index. */
int ntfs_spread(struct ntfs_writer *writer, const struct tree_file *file,
                struct error *err) MUST_CHECK;

#endif
