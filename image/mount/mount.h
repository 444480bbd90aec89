/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree as a file system, by FUSE: read-only, or with changes that live until it is closed and can
 * be saved as a new image.
 *
 *     open (reads the names and metadata of the whole tree), attach, serve until it is unmounted;
 *     then, where something changed, save; close at any time.
 *
 * One thread serves. It must never touch what it serves by path. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_H
#define LXKIT_IMAGE_MOUNT_MOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/source.h"

struct mount;
struct image_target;

/* Behind the name of the disk that a journal lies beside. */
#define MOUNT_JOURNAL_SUFFIX ".journal"
/* Whether one does. */
bool mount_journal_is_beside(const char *disk);

/* A zeroed one is the common case. */
struct mount_options {
    struct image_open_options open;
    bool writable;
    const char *spool;   /* the directory whose file system takes content: what is changed, and that
                          * of archives; NULL: $TMPDIR, or /var/tmp */
    const char *journal; /* a file that takes every change as it is made, and whose changes, left by
                          * a process that died, are made first; NULL: none */
    bool journal_stays;  /* it is read alone */
    uint32_t time_step;  /* nanoseconds that new times are multiples of, as some formats cut them;
                          * 0: any */
};

/* The tree at input, which must be a file, a disk or a directory: USAGE for what can be read only
 * once. */
int mount_open(struct mount **out, const char *input, const struct mount_options *options,
               struct error *err) MUST_CHECK;
void mount_close(struct mount *mount); /* NULL is fine; detaches */

static inline void mount_closep(struct mount **mount)
{
    mount_close(*mount);
}

#define AUTO_MOUNT CLEANUP(mount_closep)

/* Mounts on a directory; who is not root needs fusermount3. others: other users may look too. */
int mount_attach(struct mount *mount, const char *directory, bool others,
                 struct error *err) MUST_CHECK;
/* Serves what somebody has mounted already, as in another name space, with MOUNT_KERNEL_OPTIONS and
 * fd=, user_id= and group_id=; fd, of /dev/fuse, is taken over, also on failure. */
int mount_attach_fd(struct mount *mount, int fd, struct error *err) MUST_CHECK;

/* Answers the kernel until the tree is unmounted (0), or until a signal of core/cancel.h came,
 * which is taken (its number); negative on error. */
int mount_serve(struct mount *mount, struct error *err) MUST_CHECK;
/* Unmounts, also where somebody still uses it. */
void mount_detach(struct mount *mount);

/* Whether anything is not as it was opened. */
bool mount_changed(const struct mount *mount);
/* The tree as it is now, detached; it changes no more. The mount is borrowed, by one source at a
 * time. */
int mount_source(struct source **out, struct mount *mount, struct error *err) MUST_CHECK;
/* Writes it to target, as image_build() does, and reads that back. */
int mount_save(struct mount *mount, const struct image_target *target, struct events *events,
               struct error *err) MUST_CHECK;
/* Before the image that was saved takes the place of what is mounted, and afterwards, or where
 * nothing was changed: then the journal has done its work. Nothing without one. */
int mount_settle(struct mount *mount, const char *image, struct error *err) MUST_CHECK;
int mount_forget_journal(struct mount *mount, struct error *err) MUST_CHECK;

#endif
