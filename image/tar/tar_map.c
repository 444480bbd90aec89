/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_map.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/libarchive.h"

/* libarchive takes any map. One whose runs overlap, or leave the file, is none. */
static bool run_fits(const struct tar_map *map, uint64_t bytes, int64_t offset, int64_t length)
{
    const struct data_extent *last = map->n > 0 ? &map->runs[map->n - 1] : NULL;
    return offset >= 0 && length >= 0 && (uint64_t)offset <= bytes &&
           (uint64_t)length <= bytes - (uint64_t)offset &&
           (!last || (uint64_t)offset >= last->offset + last->length);
}

static int reserve(struct tar_map *map, size_t n, struct error *err)
{
    if (n <= map->size)
        return 0;
    struct data_extent *runs = reallocarray(map->runs, n, sizeof(*runs));
    if (!runs)
        return error_no_memory(err);
    map->runs = runs;
    map->size = n;
    return 0;
}

/* A member without a map of its own is data from end to end. */
int tar_map_read(struct tar_map *map, struct archive_entry *member, uint64_t bytes,
                 const struct data_extent **out, size_t *n, struct error *err)
{
    int runs = libarchive()->entry_sparse_reset(member);
    la_int64_t offset, length;

    if (reserve(map, runs > 0 ? (size_t)runs : 1, err) < 0)
        return -1;
    map->n = 0;
    if (runs == 0 && bytes > 0)
        map->runs[map->n++] = (struct data_extent){.length = bytes};
    while (libarchive()->entry_sparse_next(member, &offset, &length) == ARCHIVE_OK) {
        if (!run_fits(map, bytes, offset, length))
            return 0;
        if (length > 0)
            map->runs[map->n++] =
                (struct data_extent){.offset = (uint64_t)offset, .length = (uint64_t)length};
    }
    *out = map->runs;
    *n = map->n;
    return 1;
}

void tar_map_free(struct tar_map *map)
{
    free(map->runs);
}
