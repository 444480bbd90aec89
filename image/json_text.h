/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names from a tree, which are bytes, as texts of JSON, which are UTF-8. */
#ifndef LXKIT_IMAGE_JSON_TEXT_H
#define LXKIT_IMAGE_JSON_TEXT_H

#include <jansson.h>
#include <stdbool.h>

/* A new string; what is no UTF-8 becomes U+FFFD, and *exact false. NULL: out of memory. */
json_t *json_text(const char *text, bool *exact);
/* Sets a member of object to that; NULL sets none. Negative: out of memory. */
int json_text_set(json_t *object, const char *key, const char *text, bool *exact);

#endif
