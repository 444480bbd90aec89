/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of distributions: the runtime's rules, and how a name follows from a file.
 *
 * The runtime takes [a-zA-Z0-9._-]{1,256}, except "Legacy" in any case, and compares without
 * regard to case. Source: microsoft/WSL src/windows/service/exe/LxssUserSession.cpp. "." and ".."
 * pass there; here a name is also a directory, so they do not. */
#ifndef LXKIT_INSTALL_NAME_H
#define LXKIT_INSTALL_NAME_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

enum {
    DISTRIBUTION_NAME_MAX = 256, /* characters */
};

/* NAME_ILLEGAL with what is wrong and what is allowed. */
int name_check(const char *name, struct error *err) MUST_CHECK;
/* The same name for the runtime. */
bool name_equal(const char *a, const char *b);
/* Probably meant: one begins the other, or two slips of the finger apart. */
bool name_close(const char *a, const char *b);

/* The length of file without the ending of an archive or disk (".wsl", ".tar", ".tar.gz", ".tgz",
 * ".vhdx" ...); all of it where there is none. */
size_t name_stem(const char *file);
/* The name that follows from the last part of a path, or of a URL without query, malloc'd and
 * checked. */
int name_from_path(char **out, const char *path, struct error *err) MUST_CHECK;

#endif
