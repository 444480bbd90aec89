/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making the changes that lie in a journal. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_JOURNAL_REPLAY_H
#define LXKIT_IMAGE_MOUNT_MOUNT_JOURNAL_REPLAY_H

#include "image/mount/mount_journal.h"

/* Of a journal whose file is open, in a mount without changes; afterwards its end is where the next
 * record goes. A journal that has done its work, or never began, is deleted. As
 * mount_journal_open(). */
int journal_replay(struct mount_journal *journal, struct mount *mount,
                   struct error *err) MUST_CHECK;

#endif
