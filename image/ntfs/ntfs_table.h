/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is the same on every volume: the attributes' definitions, the default quotas, and the boot
 * sector but for its numbers. Source: a volume of Windows 10, which mkntfs's equals here. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_TABLE_H
#define LXKIT_IMAGE_NTFS_NTFS_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "image/ntfs/ntfs_format.h"

enum {
    NTFS_DEFINITION_BYTES = 160,
    NTFS_DEFINITIONS_BYTES = 16 * NTFS_DEFINITION_BYTES, /* the last is all zeros */
    NTFS_QUOTA_COUNT = 2,
    NTFS_QUOTA_BYTES_MAX = 88,
    NTFS_OWNER_BYTES = 40,
};

/* The content of $AttrDef. */
void ntfs_definitions_put(uint8_t to[NTFS_DEFINITIONS_BYTES]);
/* Entry i of $Quota:$Q, for nobody in particular and for the administrators; returns its length. */
size_t ntfs_quota_entry(uint8_t to[NTFS_QUOTA_BYTES_MAX], unsigned i, struct le64 now);
/* The entry of $Quota:$O for the administrators. */
void ntfs_owner_entry(uint8_t to[NTFS_OWNER_BYTES]);
void ntfs_boot_put(struct ntfs_boot_disk *boot, uint64_t sectors, uint64_t mft, uint64_t mft_mirror,
                   uint64_t serial);

#endif
