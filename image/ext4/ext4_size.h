/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How large a disk must be for a tree on ext4. */
#ifndef LXKIT_IMAGE_EXT4_SIZE_H
#define LXKIT_IMAGE_EXT4_SIZE_H

#include <stdint.h>

#include "image/format.h"

/* In bytes, a multiple of 1 MiB: content, directories, inode tables, journal and group metadata. */
uint64_t ext4_size_fitted(const struct tree_totals *totals);
/* NO_SPACE where a disk of bytes is too small for any tree. */
int ext4_size_check(uint64_t bytes, struct error *err) MUST_CHECK;

#endif
