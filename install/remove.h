/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Takes a distribution and its disk away. */
#ifndef LXKIT_INSTALL_REMOVE_H
#define LXKIT_INSTALL_REMOVE_H

#include "core/error.h"
#include "install/registry.h"

/* Of a distribution that is locked (install/distribution_lock.h). Deletes the one file that the
 * registration names, the directory if that leaves it empty, and the record. BUSY where something
 * uses the disk. The record says "Uninstalling" while it happens, so that a crash leaves a record
 * without a disk but never one that claims to be installed; doing it again finishes it. */
int remove_distribution(struct registry *registry, struct registration *entry,
                        struct error *err) MUST_CHECK;

#endif
