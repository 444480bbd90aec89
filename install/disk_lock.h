/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that somebody may be using: they are not deleted, read or registered meanwhile. */
#ifndef LXKIT_INSTALL_DISK_LOCK_H
#define LXKIT_INSTALL_DISK_LOCK_H

#include "core/error.h"

/* BUSY where something uses the disk: a lock on the file (QEMU), a loop device over it. A disk that
 * is not there is not used. */
int disk_check_unused(const char *disk, struct error *err) MUST_CHECK;

/* Likewise for a disk that is to be read, which others may read too: until *fd is closed nobody
 * removes it. A disk that changes while it is read gives a tree that never was. */
int disk_lock(int *fd, const char *disk, struct error *err) MUST_CHECK;

/* Likewise for one that is about to be replaced: meanwhile nobody else reads it either. */
int disk_lock_alone(int *fd, const char *disk, struct error *err) MUST_CHECK;

#endif
