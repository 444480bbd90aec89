/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Carries a plan out: fetch, make the disk, and at last one write of the registry, which is the
 * moment at which the distribution exists. */
#ifndef LXKIT_INSTALL_INSTALL_COMMIT_H
#define LXKIT_INSTALL_INSTALL_COMMIT_H

#include "core/error.h"
#include "core/event.h"
#include "install/install_plan.h"

/* On failure disk and directories that were made are removed, and the registry is as it was. EXISTS
 * where another took the name or the place meanwhile. A locked registry is waited for, longer than
 * elsewhere; a finished disk that cannot be registered for a fault of the registry is kept, and the
 * error tells how to register it. */
int install_commit(const struct install_plan *plan, struct events *events,
                   struct error *err) MUST_CHECK;

#endif
