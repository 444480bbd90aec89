/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxfs, what WSL1 was before Windows 10 1803: LXATTRB has all of stat(2), LXXATTR the extended
 * attributes; names are escaped as "#003A"; a symbolic link's target is its content.
 * Sources: LxRunOffline, wslattr, values that WSL1 wrote. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_LXFS_H
#define LXKIT_IMAGE_NTFS_NTFS_LXFS_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/ntfs/ntfs_ea_read.h"

/* The value of LXATTRB; what makes no sense is counted as ignored. */
void ntfs_lxfs_attributes(struct ntfs_metadata *out, const uint8_t *value, size_t n);
/* The value of LXXATTR; DAMAGED where it does not follow its form. */
int ntfs_lxfs_xattrs(struct ntfs_metadata *out, const uint8_t *value, size_t n, struct arena *arena,
                     struct error *err) MUST_CHECK;
/* Undoes "#XXXX" in n units in place; the number of units that are left. */
size_t ntfs_lxfs_unescape(uint16_t *units, size_t n);

#endif
