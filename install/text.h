/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Small work on strings and small files of text. */
#ifndef LXKIT_INSTALL_TEXT_H
#define LXKIT_INSTALL_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"

/* Makes *out a copy of text; what it pointed to is freed. */
int text_set(char **out, const char *text, struct error *err) MUST_CHECK;
bool text_is_utf8(const char *text);
/* A URL, malloc'd, without user, password, query and fragment, which may be secrets; a path as it
 * is. */
int text_without_secrets(char **out, const char *url, struct error *err) MUST_CHECK;
/* All n bytes of a regular file, malloc'd, followed by a NUL that does not count. NOT_FOUND where
 * there is none, LIMIT over max bytes, DAMAGED for anything but a regular file. */
int text_read_file(char **out, size_t *n, const char *path, size_t max,
                   struct error *err) MUST_CHECK;

#endif
