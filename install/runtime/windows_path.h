/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Paths of a Windows whose drive C: is mounted in a directory here: C:\Users\ann is ROOT/Users/ann.
 *
 * Registries come from strangers, and what they say is deleted one day: no path leads out of the
 * root, neither by ".." nor by a link in it. */
#ifndef LXKIT_INSTALL_WINDOWS_PATH_H
#define LXKIT_INSTALL_WINDOWS_PATH_H

#include "core/error.h"

/* The root itself, canonical and malloc'd. WRONG_KIND where it holds no Windows. */
int windows_root_open(char **out, const char *directory, struct error *err) MUST_CHECK;

/* What Windows calls path, "C:\\...", malloc'd. UNSUPPORTED where it lies outside the root or has
 * names that Windows does not take. */
int windows_path_of(char **out, const char *root, const char *path, struct error *err) MUST_CHECK;

/* Without the "\\\\?\\" that may stand before a path of any length; within windows. */
const char *windows_path_plain(const char *windows);
/* What a path of Windows is called here, malloc'd; without regard to case, as far as it exists.
 * "\\?\" may stand before it. *out is NULL where it is on no drive C:, or leads out of root. */
int windows_path_here(char **out, const char *root, const char *windows,
                      struct error *err) MUST_CHECK;

#endif
