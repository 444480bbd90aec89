/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without the files that patterns name.
 *
 *     *.pyc            a name, at any depth
 *     var/cache/apt    a path from the root; "/var/cache/apt" and "./var/cache/apt" are the same
 *     /boot            a name in the root alone
 *     var/tmp/?*       what lies in var/tmp, not var/tmp itself
 *     target/          a name that is a directory's
 *
 * A pattern with "/" before its end is a path, another one a name. "*", "?" and "[...]" are the
 * shell's (POSIX fnmatch); they match a leading ".", never a "/"; "\" takes the meaning from the
 * character after it. Whatever lies below a directory that matches goes with it. There is no "**"
 * and no "!": patterns with them are refused. */
#ifndef LXKIT_IMAGE_FILTER_EXCLUDE_H
#define LXKIT_IMAGE_FILTER_EXCLUDE_H

#include "core/error.h"
#include "image/source.h"

enum {
    EXCLUDE_PATTERNS_MAX = 4096,
};

/* patterns: NULL-terminated, borrowed. USAGE for one that cannot match as meant. A hard link that
 * stays while its target goes is UNSUPPORTED: the content passes with the target. inner is owned,
 * also on failure. */
int filter_exclude(struct source **out, struct source *inner, const char *const *patterns,
                   struct error *err) MUST_CHECK;

#endif
