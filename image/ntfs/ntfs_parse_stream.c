/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_parse_stream.h"

#include <string.h>

#include "core/attributes.h"
#include "core/list.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_runs.h"

enum {
    NUMBER_BYTES_MAX = 8,
};

static int64_t number_get(const uint8_t *from, unsigned n)
{
    uint64_t number = n > 0 && from[n - 1] & 0x80 ? UINT64_MAX : 0;
    for (unsigned i = n; i-- > 0;)
        number = number << 8 | from[i];
    return (int64_t)number;
}

static int place_add(struct ntfs_stream *stream, uint64_t cluster, uint64_t length,
                     struct error *err)
{
    if (list_grow(&stream->places, stream->n_places, &stream->room, err) < 0)
        return -1;
    stream->places[stream->n_places++] = (struct ntfs_place){stream->clusters, length, cluster};
    stream->clusters += length;
    if (cluster != NTFS_HOLE)
        stream->stored += length;
    return 1;
}

static int wrong(const char **why, const char *words)
{
    *why = words;
    return 0;
}

int ntfs_stream_add(struct ntfs_stream *stream, const struct ntfs_parse *parse,
                    const uint8_t *pairs, size_t n, uint64_t first, uint64_t last, const char **why,
                    struct error *err)
{
    const uint8_t *at = pairs, *end = pairs + n;
    uint64_t clusters = parse->geometry.clusters, cluster = 0;

    /* One without clusters ends before it begins. */
    bool empty = first == 0 && last == UINT64_MAX;
    if (first != stream->clusters || (!empty && (last < first || last > INT64_MAX)))
        return wrong(why, "its pieces do not follow each other");
    uint64_t rest = last + 1 - first;
    for (;;) {
        if (at == end)
            return wrong(why, "its mapping pairs have no end");
        unsigned length_bytes = *at & 15, distance_bytes = *at >> 4;
        if (*at++ == 0)
            break;
        if (length_bytes == 0 || length_bytes > NUMBER_BYTES_MAX ||
            distance_bytes > NUMBER_BYTES_MAX || (size_t)(end - at) < length_bytes + distance_bytes)
            return wrong(why, "its mapping pairs are none");
        int64_t length = number_get(at, length_bytes);
        if (length <= 0 || (uint64_t)length > rest)
            return wrong(why, "its mapping pairs are not as long as it says");
        cluster += (uint64_t)number_get(at + length_bytes, distance_bytes);
        if (distance_bytes > 0 && (cluster >= clusters || (uint64_t)length > clusters - cluster))
            return wrong(why, "its clusters lie outside of the volume");
        if (place_add(stream, distance_bytes > 0 ? cluster : NTFS_HOLE, (uint64_t)length, err) < 0)
            return -1;
        rest -= (uint64_t)length;
        at += length_bytes + distance_bytes;
    }
    return rest == 0 ? 1 : wrong(why, "its mapping pairs are not as long as it says");
}

const struct ntfs_place *ntfs_stream_place(const struct ntfs_stream *stream, uint64_t cluster)
{
    size_t low = 0, high = stream->n_places;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (stream->places[middle].first <= cluster)
            low = middle;
        else
            high = middle;
    }
    return &stream->places[low];
}

int ntfs_stream_read(struct ntfs_parse *parse, const struct ntfs_stream *stream, void *to, size_t n,
                     uint64_t off, struct error *err)
{
    uint32_t cluster_bytes = parse->geometry.cluster_bytes;
    uint8_t *at = to;

    if (off > stream->size || n > stream->size - off)
        return error_set(err, ERROR_INTERNAL, "a stream is read beyond its end");
    if (stream->value) {
        memcpy(to, stream->value + off, n);
        return 0;
    }
    if (ntfs_parse_spend(parse, n, err) < 0)
        return -1;
    while (n > 0) {
        uint64_t cluster = off / cluster_bytes;
        if (cluster >= stream->clusters || off >= stream->initialized) {
            memset(at, 0, n);
            return 0;
        }
        const struct ntfs_place *place = ntfs_stream_place(stream, cluster);
        uint64_t into = off - place->first * cluster_bytes;
        uint64_t here = place->length * cluster_bytes - into;
        if (here > stream->initialized - off)
            here = stream->initialized - off;
        size_t piece = here < n ? (size_t)here : n;
        if (place->cluster == NTFS_HOLE)
            memset(at, 0, piece);
        else if (blockdev_pread(parse->dev, at, piece, place->cluster * cluster_bytes + into, err) <
                 0)
            return -1;
        at += piece;
        off += piece;
        n -= piece;
    }
    return 0;
}

int ntfs_stream_load(struct ntfs_parse *parse, const struct ntfs_stream *stream, uint8_t **out,
                     struct error *err)
{
    AUTO_FREE uint8_t *bytes = malloc(stream->size > 0 ? (size_t)stream->size : 1);
    if (!bytes)
        return error_no_memory(err);
    if (ntfs_stream_read(parse, stream, bytes, (size_t)stream->size, 0, err) < 0)
        return -1;
    *out = steal(&bytes);
    return 0;
}

void ntfs_stream_free(struct ntfs_stream *stream)
{
    free(stream->places);
    *stream = (struct ntfs_stream){0};
}
