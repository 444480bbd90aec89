/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/json_text.h"

#include <stdlib.h>
#include <string.h>

#include "core/attributes.h"

json_t *json_text(const char *text, bool *exact)
{
    json_t *value = json_string(text);
    if (value)
        return value;
    *exact = false;
    size_t n = 0;
    AUTO_FREE char *copy = malloc(3 * strlen(text) + 1);
    if (!copy)
        return NULL;
    for (const char *at = text; *at; at++) {
        if ((unsigned char)*at < 0x80)
            copy[n++] = *at;
        else
            n = (size_t)(stpcpy(copy + n, "\xef\xbf\xbd") - copy);
    }
    return json_stringn(copy, n);
}

int json_text_set(json_t *object, const char *key, const char *text, bool *exact)
{
    return text ? json_object_set_new(object, key, json_text(text, exact)) : 0;
}
