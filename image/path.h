/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Path names of archive members, brought into the form that struct entry promises. */
#ifndef LXKIT_IMAGE_PATH_H
#define LXKIT_IMAGE_PATH_H

#include "core/error.h"

/* Rewrites path in place: leading and trailing "/", doubled ones and "." components go, and ".."
 * takes the component before it along. Refuses (DAMAGED) what leads out of the tree, and (LIMIT) a
 * component over NAME_BYTES_MAX or a path over PATH_BYTES_MAX; path is as it was then. */
int path_clean(char *path, struct error *err) MUST_CHECK;

#endif
