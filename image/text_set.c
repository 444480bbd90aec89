/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/text_set.h"

#include <search.h>
#include <string.h>

static int text_compare(const void *a, const void *b)
{
    return strcmp(a, b);
}

int text_set_add(struct text_set *set, const char *text, struct error *err)
{
    AUTO_FREE char *copy = strdup(text);
    char **found = copy ? tsearch(copy, &set->texts, text_compare) : NULL;
    if (!found)
        return error_no_memory(err);
    if (*found == copy)
        steal(&copy);
    return 0;
}

bool text_set_has(const struct text_set *set, const char *text)
{
    return tfind(text, &set->texts, text_compare);
}

void text_set_free(struct text_set *set)
{
    tdestroy(set->texts, free);
    set->texts = NULL;
}
