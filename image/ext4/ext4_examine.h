/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What ext4 cannot hold of an entry. */
#ifndef LXKIT_IMAGE_EXT4_EXAMINE_H
#define LXKIT_IMAGE_EXT4_EXAMINE_H

#include "core/error.h"
#include "core/event.h"
#include "image/arena.h"
#include "image/entry.h"

/* Reports times outside ext4's range and attributes of a name space that it has no number for. */
void ext4_examine_entry(const struct entry *entry, struct events *events);
/* Makes entry what ext4 keeps of it. */
int ext4_kept_entry(struct entry *entry, struct arena *arena, struct error *err) MUST_CHECK;

#endif
