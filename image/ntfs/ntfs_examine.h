/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What NTFS does not keep of an entry, beside what the sink's features say. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_EXAMINE_H
#define LXKIT_IMAGE_NTFS_NTFS_EXAMINE_H

#include "core/event.h"
#include "image/entry.h"

void ntfs_examine_entry(const struct entry *entry, struct events *events);
/* The same where a carrier keeps it. */
void ntfs_examine_carrier(const struct entry *entry, struct events *events);

#endif
