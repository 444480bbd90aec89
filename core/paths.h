/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where state lives, and small work on path names. Strings returned are malloc'd. */
#ifndef LXKIT_CORE_PATHS_H
#define LXKIT_CORE_PATHS_H

#include "core/error.h"

/* $XDG_DATA_HOME/lxkit; without it /var/lib/lxkit for root, ~/.local/share/lxkit otherwise. An XDG
 * variable that is not absolute is ignored, as the XDG specification says. Not created. */
int paths_data(char **out, struct error *err) MUST_CHECK;
/* $XDG_CACHE_HOME/lxkit; without it /var/cache/lxkit for root, ~/.cache/lxkit otherwise. */
int paths_cache(char **out, struct error *err) MUST_CHECK;
/* $XDG_STATE_HOME/lxkit; without it /var/lib/lxkit for root, ~/.local/state/lxkit otherwise. */
int paths_state(char **out, struct error *err) MUST_CHECK;
/* "a/b" from "a" and "b". */
int paths_join(char **out, const char *directory, const char *name, struct error *err) MUST_CHECK;
/* The directory part: "." for "name", "/" for "/name". */
int paths_parent(char **out, const char *path, struct error *err) MUST_CHECK;
/* The last component, within path. */
const char *paths_base(const char *path);
/* Absolute and without "." or doubled slashes; symbolic links stay. */
int paths_absolute(char **out, const char *path, struct error *err) MUST_CHECK;
/* mkdir -p; new directories get mode 0777 less the umask, 0700 under the user's own state. */
int paths_make(const char *path, unsigned mode, struct error *err) MUST_CHECK;
/* Flushes a directory, so that the names in it last; a file system that cannot is fine. */
int paths_flush(const char *directory, struct error *err) MUST_CHECK;
/* Free bytes for this user where path (or its nearest existing parent) lies. */
int paths_free_space(const char *path, unsigned long long *out, struct error *err) MUST_CHECK;

#endif
