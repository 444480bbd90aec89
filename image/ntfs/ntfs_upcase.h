/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table by which NTFS puts names in order: for each UTF-16 unit its upper case, as Windows 8 to
 * 11 write it into $UpCase (SHA-256 of the 131072 bytes, little endian: 41c26bc7a12bdaeb26025c93
 * 118697c7e3ef81ee048b00fe5cce2a472e0e0742). */
#ifndef LXKIT_IMAGE_NTFS_NTFS_UPCASE_H
#define LXKIT_IMAGE_NTFS_NTFS_UPCASE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    NTFS_UPCASE_UNITS = 65536,
};

/* *out is malloc'd, in host order. */
int ntfs_upcase_make(uint16_t **out, struct error *err) MUST_CHECK;
/* The checksum that $UpCase keeps of its table, in the stream $Info (CRC-64/NVME). */
uint64_t ntfs_upcase_checksum(const void *bytes, size_t n);

#endif
