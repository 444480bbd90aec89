/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An entry as it comes back from NTFS without a carrier. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_KEPT_H
#define LXKIT_IMAGE_NTFS_NTFS_KEPT_H

#include "core/error.h"
#include "image/arena.h"
#include "image/entry.h"

/* Makes entry what is left of it; strings are new in arena. */
int ntfs_kept_entry(struct entry *entry, struct arena *arena, struct error *err) MUST_CHECK;

#endif
