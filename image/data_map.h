/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where a file has data, run by run in rising order: a list that grows. */
#ifndef LXKIT_IMAGE_DATA_MAP_H
#define LXKIT_IMAGE_DATA_MAP_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

/* A zeroed one is empty. To empty it again and keep its room, set n to 0. */
struct data_map {
    struct data_extent *runs;
    size_t n, room;
};

int data_map_add(struct data_map *map, uint64_t offset, uint64_t length,
                 struct error *err) MUST_CHECK;
void data_map_free(struct data_map *map); /* leaves it zeroed */

#endif
