/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The lock that makes a registry's read, change and write one step. */
#ifndef LXKIT_INSTALL_REGISTRY_LOCK_H
#define LXKIT_INSTALL_REGISTRY_LOCK_H

#include <stdbool.h>

#include "core/error.h"

enum {
    REGISTRY_LOCK_WAIT_MS = 5000, /* a change takes milliseconds; who holds it longer is stuck */
};

/* Locks the file at path (made where it is missing) and waits for its holder up to wait_ms: BUSY
 * then, with the holder's process id where the kernel tells it. Close *fd to unlock. */
int registry_lock(int *fd, const char *path, unsigned wait_ms, struct error *err) MUST_CHECK;
/* Likewise, where the file stands for something else, named what in messages; shared: beside others
 * that lock it so. */
int registry_lock_named(int *fd, const char *path, const char *what, bool shared, unsigned wait_ms,
                        struct error *err) MUST_CHECK;
/* Likewise, alone, for a file that must be there, and that is replaced by its holders: what is
 * locked is the one that has the path in the end. BUSY, too, where another kind of lock is on it.
 */
int registry_lock_file(int *fd, const char *path, unsigned wait_ms, struct error *err) MUST_CHECK;

#endif
