/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Waiting for the registry, with a finished disk in hand. */
#ifndef LXKIT_INSTALL_REGISTRY_WAIT_H
#define LXKIT_INSTALL_REGISTRY_WAIT_H

#include "core/event.h"
#include "install/registry.h"

/* registry_open_at() for writing. Whoever holds the lock for long is stuck or stopped, but a
 * finished disk is worth waiting: for a minute, with a warning. */
int registry_wait(struct registry **out, const struct registry_place *place, struct events *events,
                  struct error *err) MUST_CHECK;

#endif
