/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Keeps two uses of one distribution apart.
 *
 * What is locked, in this order everywhere:
 *
 *     the distribution   here, before anything of it is used: by its GUID, so that neither the path
 *                        of its disk nor the disk itself can change behind who has the lock
 *     a directory        location.h
 *     a disk             disk_lock.h, against those who know nothing of distributions
 *     the registry       registry_lock.h, for as long as it takes to change it
 *
 * A disk's own lock is not enough: QEMU takes its lock only when it opens the disk, seconds after
 * run has looked at it, and the translation backend puts a new file in the place of the old one. */
#ifndef LXKIT_INSTALL_DISTRIBUTION_LOCK_H
#define LXKIT_INSTALL_DISTRIBUTION_LOCK_H

#include "core/error.h"
#include "install/registration.h"

enum distribution_use {
    DISTRIBUTION_READ,   /* beside others that read; EXISTS where a run left changes unsaved */
    DISTRIBUTION_CHANGE, /* alone, to change or move its disk; likewise */
    DISTRIBUTION_RUN,    /* alone, with what a run left unsaved: to run it, or to delete it */
};

/* Until *lock is closed; a short wait for one that is about to end, then BUSY with the holder. */
int distribution_lock(int *lock, const struct registration *registration, enum distribution_use use,
                      struct error *err) MUST_CHECK;

#endif
