/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Files whose names hold a version or a date: "root-24.04*-amd64.tar.xz". One "*" in the last part
 * of a URL stands for letters, digits and dots, or nothing, and the newest file counts. */
#ifndef LXKIT_INSTALL_PATTERN_H
#define LXKIT_INSTALL_PATTERN_H

#include <stdbool.h>

#include "fetch/fetch.h"

/* The last part of url, if it has one "*" and the rest has none; NULL otherwise. */
const char *pattern_of(const char *url);
bool pattern_matches(const char *pattern, const char *name);
/* The newest name in a verified list that matches, by its version numbers. VERIFY where none does.
 * The entry belongs to sums. */
int pattern_newest(const struct sums *sums, const char *pattern, const struct sums_entry **out,
                   struct error *err) MUST_CHECK;
/* url with name as its last part; malloc'd. */
int pattern_put(char **out, const char *url, const char *name, struct error *err) MUST_CHECK;

#endif
