/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The changes of a mounted tree in a file, as they are made: what a process that died has changed
 * is there when the same tree is mounted again. A change is in the file before the kernel hears
 * that it was made, and on the platter after an fsync(2) in the tree.
 *
 *     header   64 bytes: "lxkitjnl", version 1, the number of files of the tree, the SHA-256 of
 *              what was mounted, CRC-32C
 *     record   120 bytes, two strings with a NUL behind each, bytes; CRC-32C of all of it
 *     ...      until the end of the file, or a record that was not written whole
 *
 * All is little endian; mount_journal_state.h and mount_record.c have the fields. A record comes
 * before its change is made, and goes where that fails: so the last one may be of a change that
 * could not be made, and no other. A journal that ends with CHANGE_SETTLED has done its work where
 * the image that this names is mounted now. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_JOURNAL_H
#define LXKIT_IMAGE_MOUNT_MOUNT_JOURNAL_H

#include <stdbool.h>

#include "core/error.h"
#include "image/mount/mount_change.h"
#include "image/mount/mount_state.h"

/* Warns of a journal that lies beside a disk, as its changes are not read. */
void mount_journal_tell(const char *disk, struct events *events);

/* For a mount that was read and not changed yet. Changes that lie in the file at path are made,
 * with a warning that says how many; EXISTS where they are those of another tree, DAMAGED where one
 * is impossible. */
int mount_journal_open(struct mount_journal **out, struct mount *mount, const char *path,
                       struct error *err) MUST_CHECK;
void mount_journal_close(struct mount_journal *journal); /* NULL is fine; the file stays */

/* Before the first change is made; the file is made then. */
int mount_journal_begin(struct mount_journal *journal, struct mount *mount,
                        struct error *err) MUST_CHECK;
int mount_journal_put(struct mount_journal *journal, const struct mount_change *change,
                      struct error *err) MUST_CHECK;
/* What was put last cannot be done. */
void mount_journal_take_back(struct mount_journal *journal);
int mount_journal_flush(struct mount_journal *journal, struct error *err) MUST_CHECK;
/* All changes are in the file at image, which has not yet taken the place of what is mounted. */
int mount_journal_settle(struct mount_journal *journal, const char *image,
                         struct error *err) MUST_CHECK;
/* Now it has: the file is deleted. */
int mount_journal_delete(struct mount_journal *journal, struct error *err) MUST_CHECK;

#endif
