/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ext4 cannot hold of an entry. */
#ifndef LXKIT_IMAGE_EXT4_EXAMINE_H
#define LXKIT_IMAGE_EXT4_EXAMINE_H

#include "core/event.h"
#include "image/entry.h"

/* Reports times outside ext4's range and attributes of a name space that it has no number for. */
void ext4_examine_entry(const struct entry *entry, struct events *events);

#endif
