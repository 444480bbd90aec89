/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_sink_gather.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/list.h"

enum {
    BYTES_MIN = 64 << 10,
};

int tar_sink_gather_next(struct tar_sink_gather *gather, struct source *source, uint64_t size,
                         struct error *err)
{
    struct content *piece = &gather->next;
    *piece = (struct content){0};
    do {
        int rc = source_content(source, piece, err);
        if (rc <= 0) {
            piece->n = 0;
            return rc;
        }
    } while (piece->n == 0);
    if (cancel_check(err) < 0)
        return -1;
    if (piece->offset < gather->end || piece->offset > size || piece->n > size - piece->offset)
        return error_set(err, ERROR_DAMAGED,
                         "its content does not fit its size of %llu bytes; look at where it comes "
                         "from",
                         (unsigned long long)size);
    gather->end = piece->offset + piece->n;
    return 1;
}

static int bytes_reserve(struct tar_sink_gather *gather, size_t n, struct error *err)
{
    size_t size = gather->size ? gather->size : BYTES_MIN;
    while (size < gather->used + n)
        size *= 2;
    if (size == gather->size)
        return 0;
    uint8_t *bytes = realloc(gather->bytes, size);
    if (!bytes)
        return error_no_memory(err);
    gather->bytes = bytes;
    gather->size = size;
    return 0;
}

static int run_add(struct tar_sink_gather *gather, const struct content *piece, struct error *err)
{
    struct data_extent *last = gather->n_runs ? &gather->runs[gather->n_runs - 1] : NULL;
    if (last && last->offset + last->length == piece->offset) {
        last->length += piece->n;
        return 0;
    }
    if (list_grow(&gather->runs, gather->n_runs, &gather->runs_size, err) < 0)
        return -1;
    gather->runs[gather->n_runs++] =
        (struct data_extent){.offset = piece->offset, .length = piece->n};
    return 0;
}

void tar_sink_gather_clear(struct tar_sink_gather *gather)
{
    gather->used = gather->n_runs = 0;
    gather->next = (struct content){0};
    gather->end = 0;
}

int tar_sink_gather_read(struct tar_sink_gather *gather, struct source *source, uint64_t size,
                         size_t max, struct error *err)
{
    tar_sink_gather_clear(gather);
    for (;;) {
        int rc = tar_sink_gather_next(gather, source, size, err);
        if (rc <= 0)
            return rc;
        const struct content *piece = &gather->next;
        if (piece->n > max - gather->used)
            return 0;
        if (bytes_reserve(gather, piece->n, err) < 0 || run_add(gather, piece, err) < 0)
            return -1;
        memcpy(gather->bytes + gather->used, piece->bytes, piece->n);
        gather->used += piece->n;
    }
}

void tar_sink_gather_free(struct tar_sink_gather *gather)
{
    free(gather->bytes);
    free(gather->runs);
}
