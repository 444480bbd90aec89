/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The metadata of a whole ext4 file system, as a tree: every inode, every name. */
#ifndef LXKIT_IMAGE_EXT4_SCAN_H
#define LXKIT_IMAGE_EXT4_SCAN_H

#include <ext2fs/ext2fs.h>

#include "core/error.h"
#include "image/ext4/ext4_io.h"
#include "image/tree.h"

/* Fills tree, which is new. A file's number is its inode's; targets of long symbolic links and
 * content are left to be read (target is NULL). */
int ext4_scan(struct tree *tree, ext2_filsys fs, const struct ext4_io *io,
              struct error *err) MUST_CHECK;

#endif
