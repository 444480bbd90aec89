/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Path names of archive members, brought into the form that struct entry promises. */
#ifndef LXKIT_IMAGE_PATH_H
#define LXKIT_IMAGE_PATH_H

#include "core/error.h"

/* Rewrites path in place: leading "./", doubled and trailing "/" and "." components go. Refuses
 * (DAMAGED) what could lead outside the tree: a leading "/" and ".." components; and (LIMIT) a
 * component over NAME_BYTES_MAX or a path over PATH_BYTES_MAX. */
int path_clean(char *path, struct error *err) MUST_CHECK;

#endif
