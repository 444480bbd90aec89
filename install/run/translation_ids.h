/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which users and groups there are in a user name space: all that this process has, where it is
 * root; itself as root and a range of /etc/subuid and /etc/subgid behind that, by newuidmap and
 * newgidmap; or itself as root alone. */
#ifndef LXKIT_INSTALL_RUN_TRANSLATION_IDS_H
#define LXKIT_INSTALL_RUN_TRANSLATION_IDS_H

#include <stdbool.h>
#include <sys/types.h>

#include "core/error.h"
#include "core/event.h"

/* Sets the maps of the user name space that child is the first process of. *single: root is the
 * only user there, which is told as a warning. */
int translation_ids_map(pid_t child, bool *single, struct events *events,
                        struct error *err) MUST_CHECK;

#endif
