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

/* Writes all n bytes; path is for errors. */
int text_write_all(int fd, const char *bytes, size_t n, const char *path,
                   struct error *err) MUST_CHECK;
/* Writes a file that must not exist, whole or not at all: EXISTS. */
int text_write_new(const char *path, const char *text, size_t n, struct error *err) MUST_CHECK;

/* A list of texts; a zeroed one is empty. */
struct texts {
    char **items; /* malloc'd each */
    size_t n;
};

/* Appends a copy. */
int texts_add(struct texts *texts, const char *text, struct error *err) MUST_CHECK;
int texts_copy(struct texts *out, const struct texts *from, struct error *err) MUST_CHECK;
void texts_free(struct texts *texts);

#endif
