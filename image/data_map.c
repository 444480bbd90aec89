/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/data_map.h"

#include <stdlib.h>

enum {
    ROOM_MIN = 16,
};

int data_map_add(struct data_map *map, uint64_t offset, uint64_t length, struct error *err)
{
    if (map->n == map->room) {
        size_t room = map->room ? map->room * 2 : ROOM_MIN;
        struct data_extent *runs = reallocarray(map->runs, room, sizeof(*runs));
        if (!runs)
            return error_no_memory(err);
        map->runs = runs;
        map->room = room;
    }
    map->runs[map->n++] = (struct data_extent){.offset = offset, .length = length};
    return 0;
}

void data_map_free(struct data_map *map)
{
    free(map->runs);
    *map = (struct data_map){0};
}
