/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Users and groups moved to other numbers, as for a tree that was made in a user namespace.
 *
 * Like the kernel's mapped mounts it changes owners, the users and groups that access control lists
 * name, and the root user that a file capability is for; it never guesses: an id in no range is
 * UNSUPPORTED, with the path and the id. */
#ifndef LXKIT_IMAGE_FILTER_IDS_H
#define LXKIT_IMAGE_FILTER_IDS_H

#include "core/error.h"
#include "image/source.h"

enum {
    ID_RANGES_MAX = 340, /* as the kernel has it (user_namespaces(7)) */
};

/* map: "FROM:TO:COUNT[,FROM:TO:COUNT...]": the COUNT ids from FROM become those from TO. USAGE when
 * it reads otherwise, when ids leave 0 to 4294967294, and when ranges overlap, on either side.
 * inner is owned, also on failure. */
int filter_ids(struct source **out, struct source *inner, const char *map,
               struct error *err) MUST_CHECK;

#endif
