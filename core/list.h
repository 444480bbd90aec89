/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Lists that grow: items in one piece of memory, with room for some more. */
#ifndef LXKIT_CORE_LIST_H
#define LXKIT_CORE_LIST_H

#include <stddef.h>

#include "core/error.h"

/* Makes room for one more item behind the n that are in *list, which has room for *size; both may
 * change. *list is NULL at first, and in the end it is to be freed. */
#define list_grow(list, n, size, err) list_grow_items(list, sizeof(**(list)), n, size, err)

/* list: the address of a pointer to items of that many bytes. */
int list_grow_full(void *list, size_t item, size_t *size, struct error *err) MUST_CHECK;

static inline MUST_CHECK int list_grow_items(void *list, size_t item, size_t n, size_t *size,
                                             struct error *err)
{
    return n < *size ? 0 : list_grow_full(list, item, size, err);
}

#endif
