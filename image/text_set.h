/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of texts, as the paths of files that have no place in an archive. */
#ifndef LXKIT_IMAGE_TEXT_SET_H
#define LXKIT_IMAGE_TEXT_SET_H

#include <stdbool.h>

#include "core/error.h"

/* Starts as {0}. */
struct text_set {
    void *texts; /* a tree of tsearch() */
};

/* Copies text. */
int text_set_add(struct text_set *set, const char *text, struct error *err) MUST_CHECK;
bool text_set_has(const struct text_set *set, const char *text);
void text_set_free(struct text_set *set); /* its members */

#endif
