/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What became of a commit of the registry that failed. */
#ifndef LXKIT_INSTALL_ENTERED_H
#define LXKIT_INSTALL_ENTERED_H

#include "install/registry.h"

/* Whether the registry names disk as that of the distribution guid. A commit that fails may have
 * been done nevertheless, but for its flush: then neither that disk nor the one before it may go,
 * as a power failure decides which of both is named. True also where it cannot be told. */
bool is_entered(const struct registry_place *place, const struct guid *guid, const char *disk);

#endif
