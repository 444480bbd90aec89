/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_sink_content.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/libarchive.h"
#include "image/tar/tar_sink.h"

enum {
    ZEROS_BYTES = 1 << 20,
};

/* ---- the map ---- */

/* What follows the gathered part is one run. */
static int gathered_map(struct tar_sink_content *content, struct source *source, uint64_t size,
                        struct error *err)
{
    struct tar_sink_gather *gather = &content->gather;
    if (tar_sink_gather_read(gather, source, size, TAR_SINK_GATHER_BYTES, err) < 0)
        return -1;
    for (size_t i = 0; i < gather->n_runs; i++) {
        if (data_map_add(&content->map, gather->runs[i].offset, gather->runs[i].length, err) < 0)
            return -1;
    }
    content->more = gather->next.n > 0;
    if (!content->more)
        return 0;
    return data_map_add(&content->map, gather->next.offset, size - gather->next.offset, err);
}

static int map_make(struct tar_sink_content *content, struct source *source, uint64_t size,
                    struct error *err)
{
    const struct data_extent *told;
    size_t n;

    content->map.n = 0;
    int rc = source_map(source, &told, &n, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return gathered_map(content, source, size, err);
    tar_sink_gather_clear(&content->gather);
    content->more = true;
    for (size_t i = 0; i < n; i++) {
        if (data_map_add(&content->map, told[i].offset, told[i].length, err) < 0)
            return -1;
    }
    return 0;
}

int tar_sink_content_begin(struct tar_sink_content *content, struct archive_entry *member,
                           struct source *source, uint64_t size, struct error *err)
{
    uint64_t holes = size;

    if (map_make(content, source, size, err) < 0)
        return -1;
    for (size_t i = 0; i < content->map.n; i++)
        holes -= content->map.runs[i].length;
    if (holes < TAR_SINK_SPARSE_BYTES) {
        content->map.n = 0;
        return data_map_add(&content->map, 0, size, err);
    }
    for (size_t i = 0; i < content->map.n; i++)
        libarchive()->entry_sparse_add_entry(member, (int64_t)content->map.runs[i].offset,
                                             (int64_t)content->map.runs[i].length);
    if (content->map.n == 0)
        libarchive()->entry_sparse_add_entry(member, (int64_t)size, 0);
    return 0;
}

/* ---- the bytes ---- */

/* How many bytes from position on are of one sort, and whether that is data. */
static uint64_t same_sort(struct tar_sink_content *content, uint64_t size, bool *data)
{
    const struct data_extent *run;
    for (; content->map_at < content->map.n; content->map_at++) {
        run = &content->map.runs[content->map_at];
        *data = content->position >= run->offset;
        if (!*data)
            return run->offset - content->position;
        if (content->position - run->offset < run->length)
            return run->offset + run->length - content->position;
    }
    *data = false;
    return size - content->position;
}

/* Never across a border between data and hole: libarchive would read past the bytes. NULL are
 * zeros. */
static int bytes_write(struct tar_sink_content *content, const uint8_t *bytes, uint64_t n,
                       uint64_t size, struct error *err)
{
    while (n > 0) {
        bool data;
        uint64_t part = same_sort(content, size, &data);
        part = part < n ? part : n;
        if (!bytes && part > ZEROS_BYTES)
            part = ZEROS_BYTES;
        if (bytes && !data)
            return error_set(err, ERROR_DAMAGED,
                             "its content has bytes at %llu where its map has a hole; look at "
                             "where it comes from",
                             (unsigned long long)content->position);
        if (content->write(content->context, bytes ? bytes : content->zeros, (size_t)part, err) < 0)
            return -1;
        content->position += part;
        bytes = bytes ? bytes + part : NULL;
        n -= part;
        if (!bytes && cancel_check(err) < 0)
            return -1;
    }
    return 0;
}

static int piece_write(struct tar_sink_content *content, uint64_t offset, const void *bytes,
                       size_t n, uint64_t size, struct error *err)
{
    if (bytes_write(content, NULL, offset - content->position, size, err) < 0)
        return -1;
    return bytes_write(content, bytes, n, size, err);
}

int tar_sink_content_write(struct tar_sink_content *content, struct source *source, uint64_t size,
                           struct error *err)
{
    struct tar_sink_gather *gather = &content->gather;
    const uint8_t *from = gather->bytes;
    int rc = content->more;

    if (!content->zeros)
        content->zeros = calloc(1, ZEROS_BYTES);
    if (!content->zeros)
        return error_no_memory(err);
    content->position = content->map_at = 0;
    for (size_t i = 0; i < gather->n_runs; i++) {
        const struct data_extent *run = &gather->runs[i];
        if (piece_write(content, run->offset, from, (size_t)run->length, size, err) < 0)
            return -1;
        from += run->length;
    }
    while (rc > 0) {
        const struct content *piece = &gather->next;
        if (piece->n > 0 &&
            piece_write(content, piece->offset, piece->bytes, piece->n, size, err) < 0)
            return -1;
        rc = tar_sink_gather_next(gather, source, size, err);
    }
    return rc < 0 ? -1 : bytes_write(content, NULL, size - content->position, size, err);
}

void tar_sink_content_free(struct tar_sink_content *content)
{
    tar_sink_gather_free(&content->gather);
    data_map_free(&content->map);
    free(content->zeros);
}
