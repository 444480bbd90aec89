/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes to a finished file in an order in which each is there whole or not at all, whatever the
 * moment at which the power fails.
 *
 *      1. what was written before, and one log entry with all pages, under a new identifier; flush
 *      2. the header names that identifier; flush       -- from here on the change is made
 *      3. the pages at their places; flush
 *      4. the header names no log; flush
 *
 * Until 2 nobody looks at the entry; from 2 to 4 it is replayed, which may be done twice. The entry
 * stands alone at the log's start: the one form that every reader replays rightly. */
#ifndef LXKIT_VHDX_VHDX_COMMIT_H
#define LXKIT_VHDX_VHDX_COMMIT_H

#include "vhdx/vhdx_file.h"
#include "vhdx/vhdx_log.h"
#include "vhdx/vhdx_pages.h"

/* Writes file->header, changed as it was, over the header that is not current and makes it the
 * current one; flushes. After a failure either may be. */
int vhdx_header_write(struct vhdx_file *file, struct error *err) MUST_CHECK;

/* Before the first change: gives the file a new FileWriteGuid, and with new_data a new
 * DataWriteGuid, in both headers, and whole MiB. Refuses a file that cannot be changed safely. */
int vhdx_commit_begin(struct vhdx_file *file, bool new_data, struct error *err) MUST_CHECK;
/* Makes the changed pages permanent, with everything written before, and empties them. */
int vhdx_commit(struct vhdx_file *file, struct vhdx_pages *pages, struct error *err) MUST_CHECK;
/* Behind the last change: the older header, too, is one without a log. */
int vhdx_commit_end(struct vhdx_file *file, struct error *err) MUST_CHECK;

/* Writes what waits in the log into the file and empties the log. */
int vhdx_commit_replay(struct vhdx_file *file, const struct vhdx_log *log,
                       struct error *err) MUST_CHECK;
/* Forgets what waits in the log. */
int vhdx_commit_drop_log(struct vhdx_file *file, struct error *err) MUST_CHECK;

#endif
