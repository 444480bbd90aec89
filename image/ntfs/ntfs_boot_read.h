/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What must be right about a volume before libntfs-3g may see it: the sizes that the boot sector
 * names, and the records of the system files that are read to open it. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_BOOT_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_BOOT_READ_H

#include "core/blockdev.h"
#include "core/error.h"

/* DAMAGED says what is wrong; UNSUPPORTED: sizes that no Windows makes. */
int ntfs_boot_check(struct blockdev *dev, struct error *err) MUST_CHECK;

#endif
