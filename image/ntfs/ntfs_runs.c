/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_runs.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"

int ntfs_runs_add(struct ntfs_runs_builder *builder, uint64_t cluster, uint64_t length,
                  struct error *err)
{
    struct ntfs_run *last = builder->n ? &builder->list[builder->n - 1] : NULL;

    builder->clusters += length;
    builder->holes |= cluster == NTFS_HOLE;
    if (last && (cluster == NTFS_HOLE
                     ? last->cluster == NTFS_HOLE
                     : last->cluster != NTFS_HOLE && last->cluster + last->length == cluster)) {
        last->length += length;
        return 0;
    }
    if (list_grow(&builder->list, builder->n, &builder->size, err) < 0)
        return -1;
    builder->list[builder->n++] = (struct ntfs_run){cluster, length};
    return 0;
}

void ntfs_runs_clear(struct ntfs_runs_builder *builder)
{
    builder->n = 0;
    builder->clusters = 0;
    builder->holes = false;
}

int ntfs_runs_keep(struct ntfs_runs_builder *builder, struct arena *arena, struct ntfs_runs **out,
                   struct error *err)
{
    size_t bytes = builder->n * sizeof(builder->list[0]);
    struct ntfs_runs *runs = arena_alloc(arena, sizeof(*runs) + bytes);
    if (!runs)
        return error_no_memory(err);
    runs->n = builder->n;
    if (bytes > 0)
        memcpy(runs->list, builder->list, bytes);
    for (size_t i = 0; i < runs->n; i++) {
        runs->clusters += runs->list[i].length;
        if (runs->list[i].cluster != NTFS_HOLE)
            runs->stored += runs->list[i].length;
    }
    ntfs_runs_clear(builder);
    *out = runs;
    return 0;
}

int ntfs_runs_one(struct arena *arena, uint64_t cluster, uint64_t length, struct ntfs_runs **out,
                  struct error *err)
{
    struct ntfs_runs_builder builder = {0};
    int rc = ntfs_runs_add(&builder, cluster, length, err);
    if (rc == 0)
        rc = ntfs_runs_keep(&builder, arena, out, err);
    ntfs_runs_free(&builder);
    return rc;
}

void ntfs_runs_free(struct ntfs_runs_builder *builder)
{
    free(builder->list);
    *builder = (struct ntfs_runs_builder){0};
}

/* Bytes of the shortest form that keeps the sign. */
static unsigned number_bytes(int64_t number)
{
    unsigned n = 1;
    while (number < -(INT64_C(1) << (8 * n - 1)) || number >= INT64_C(1) << (8 * n - 1)) {
        if (++n == sizeof(number))
            break;
    }
    return n;
}

static uint8_t *number_put(uint8_t *to, int64_t number, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        *to++ = (uint8_t)((uint64_t)number >> (8 * i));
    return to;
}

size_t ntfs_runs_pack(const struct ntfs_runs *runs, size_t *first, uint8_t *to, size_t size)
{
    size_t used = 0;
    int64_t before = 0; /* every list of pairs begins at cluster 0 */

    for (; *first < runs->n; ++*first) {
        const struct ntfs_run *run = &runs->list[*first];
        bool hole = run->cluster == NTFS_HOLE;
        int64_t distance = hole ? 0 : (int64_t)run->cluster - before;
        unsigned length_bytes = number_bytes((int64_t)run->length);
        unsigned distance_bytes = hole ? 0 : number_bytes(distance);
        size_t pair = 1 + length_bytes + distance_bytes;
        if (used + pair + 1 > size)
            break;
        if (to) {
            to[used] = (uint8_t)(length_bytes | distance_bytes << 4);
            uint8_t *at = number_put(to + used + 1, (int64_t)run->length, length_bytes);
            number_put(at, distance, distance_bytes);
        }
        if (!hole)
            before = (int64_t)run->cluster;
        used += pair;
    }
    if (to)
        to[used] = 0;
    return used + 1;
}
