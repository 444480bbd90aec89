/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Times as NTFS counts them: 100 ns since 1601. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_TIME_H
#define LXKIT_IMAGE_NTFS_NTFS_TIME_H

#include <stdbool.h>
#include <stdint.h>

#include "image/entry.h"

/* Nanoseconds are cut to 100; *exact becomes false where the time is out of what NTFS has. */
uint64_t ntfs_time(const struct entry_time *time, bool *exact);
/* What such a number says. */
struct entry_time ntfs_time_back(uint64_t ticks);

#endif
