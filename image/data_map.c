/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/data_map.h"

#include <stdlib.h>

#include "core/list.h"

int data_map_add(struct data_map *map, uint64_t offset, uint64_t length, struct error *err)
{
    if (list_grow(&map->runs, map->n, &map->room, err) < 0)
        return -1;
    map->runs[map->n++] = (struct data_extent){.offset = offset, .length = length};
    return 0;
}

void data_map_free(struct data_map *map)
{
    free(map->runs);
    *map = (struct data_map){0};
}
