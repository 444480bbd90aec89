/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Removing a directory with all that lies in it, however deep and whatever its modes. */
#ifndef LXKIT_IMAGE_DIRECTORY_REMOVE_H
#define LXKIT_IMAGE_DIRECTORY_REMOVE_H

/* Removes name from the directory; symbolic links are removed, not followed. A missing name is
 * fine. Nobody else may be at work in it. -1 with errno. */
int directory_remove(int directory, const char *name);

#endif
