/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file of an NTFS volume that ntfs-3g has mounted, by what the mount tells beside the file: the
 * extended attributes system.ntfs_ea, ntfs_reparse_data, ntfs_times and ntfs_attrib, and alternate
 * streams, which are attributes in user. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_MOUNTED_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_MOUNTED_READ_H

#include <stdbool.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/ntfs/ntfs_inode_facts.h"

/* How the tree at path is kept; NTFS_NO_LINUX: it is none of WSL, or on no such mount. */
enum ntfs_generation ntfs_mounted_generation(const char *path);

/* 1 with *facts, whose strings are in the arena; 0: no NTFS is mounted there. buffer:
 * XATTR_SIZE_MAX bytes. *hidden: it has a carrier that the mount does not give away. */
int ntfs_mounted_read(struct ntfs_inode_facts *facts, int held, uint8_t *buffer,
                      struct arena *arena, bool *hidden, struct error *err) MUST_CHECK;

#endif
