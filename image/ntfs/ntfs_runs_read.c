/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_runs_read.h"

enum {
    NUMBER_BYTES_MAX = 8,
};

/* Of one attribute, holes included, so that their bytes can be counted. */
static const uint64_t clusters_max = UINT64_C(1) << 42;

static int64_t number_get(const uint8_t *from, unsigned n)
{
    uint64_t number = n > 0 && from[n - 1] & 0x80 ? UINT64_MAX : 0;
    for (unsigned i = n; i-- > 0;)
        number = number << 8 | from[i];
    return (int64_t)number;
}

static int damaged(struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "the places of its clusters make no sense");
}

int ntfs_runs_read(struct ntfs_runs_builder *runs, const struct ntfs_attribute_view *piece,
                   uint64_t clusters, struct error *err)
{
    const uint8_t *at = piece->pairs, *end = at + piece->pairs_bytes;
    uint64_t rest = piece->last + 1 - piece->first;
    uint64_t cluster = 0;

    if (piece->first > clusters_max || runs->clusters != piece->first ||
        rest > clusters_max - piece->first)
        return damaged(err);
    while (at < end && *at != 0) {
        unsigned length_bytes = *at & 15, distance_bytes = *at >> 4;
        if (length_bytes == 0 || length_bytes > NUMBER_BYTES_MAX ||
            distance_bytes > NUMBER_BYTES_MAX || end - at - 1 < length_bytes + distance_bytes)
            return damaged(err);
        int64_t length = number_get(at + 1, length_bytes);
        if (length <= 0 || (uint64_t)length > rest)
            return damaged(err);
        cluster += (uint64_t)number_get(at + 1 + length_bytes, distance_bytes);
        bool hole = distance_bytes == 0;
        if (!hole && (cluster >= clusters || (uint64_t)length > clusters - cluster))
            return damaged(err);
        if (ntfs_runs_add(runs, hole ? NTFS_HOLE : cluster, (uint64_t)length, err) < 0)
            return -1;
        rest -= (uint64_t)length;
        at += 1 + length_bytes + distance_bytes;
    }
    return rest == 0 ? 0 : damaged(err);
}
