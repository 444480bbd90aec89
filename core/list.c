/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/list.h"

#include <stdlib.h>
#include <string.h>

enum {
    SIZE_MIN = 16,
};

int list_grow_full(void *list, size_t item, size_t *size, struct error *err)
{
    size_t more = *size ? *size * 2 : SIZE_MIN;
    void *items;
    memcpy(&items, list, sizeof(items)); /* a pointer to any type, as it lies there */
    items = reallocarray(items, more, item);
    if (!items)
        return error_no_memory(err);
    memcpy(list, &items, sizeof(items));
    *size = more;
    return 0;
}
