/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_records.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_boot_read.h"

enum {
    CHUNK_BYTES = 256 * 1024,
};

int ntfs_runs_pread(struct ntfs_records *table, const struct ntfs_runs_builder *runs, void *buf,
                    size_t n, uint64_t offset, struct error *err)
{
    uint8_t *to = buf;
    uint64_t start = 0; /* of the run, in bytes of what lies in them */
    for (size_t i = 0; n > 0 && i < runs->n; i++) {
        const struct ntfs_run *run = &runs->list[i];
        uint64_t length = run->length * table->shape.cluster_bytes;
        uint64_t inside = offset - start;
        start += length;
        if (inside >= length)
            continue;
        size_t piece = length - inside < n ? (size_t)(length - inside) : n;
        uint64_t place = run->cluster * table->shape.cluster_bytes + inside;
        if (run->cluster == NTFS_HOLE)
            memset(to, 0, piece);
        else if (blockdev_pread(table->dev, to, piece, place, err) < 0)
            return -1;
        to += piece;
        offset += piece;
        n -= piece;
    }
    return n == 0 ? 0 : error_set(err, ERROR_DAMAGED, "its clusters end before its content does");
}

/* ---- records ---- */

int ntfs_records_read_apart(struct ntfs_records *table, uint64_t number, uint8_t *bytes,
                            struct error *err)
{
    size_t size = table->shape.record_bytes;
    if (number - table->chunk_first < table->chunk_n) {
        memcpy(bytes, table->chunk + (number - table->chunk_first) * size, size);
        return 0;
    }
    return ntfs_runs_pread(table, &table->runs, bytes, size, number * size, err);
}

int ntfs_records_read(struct ntfs_records *table, uint64_t number, uint8_t *bytes,
                      struct error *err)
{
    size_t size = table->shape.record_bytes;
    if (number - table->chunk_first >= table->chunk_n) {
        uint64_t n = CHUNK_BYTES / size, rest = table->shape.n_records - number;
        table->chunk_n = 0;
        n = n < rest ? n : rest;
        if (ntfs_runs_pread(table, &table->runs, table->chunk, (size_t)n * size, number * size,
                            err) < 0)
            return -1;
        table->chunk_first = number;
        table->chunk_n = n;
    }
    return ntfs_records_read_apart(table, number, bytes, err);
}

/* ---- the volume ---- */

int ntfs_records_open(struct ntfs_records *table, struct blockdev *dev, struct error *err)
{
    *table = (struct ntfs_records){.dev = dev};
    table->chunk = malloc(CHUNK_BYTES);
    if (!table->chunk)
        return error_no_memory(err);
    if (ntfs_boot_check(dev, err) < 0 ||
        ntfs_library_open(&table->library, dev, &table->shape, &table->runs, err) < 0)
        return -1;
    if (table->shape.n_records <= NTFS_RECORDS_MAX)
        return 0;
    return error_set(err, ERROR_LIMIT,
                     "the master file table has %" PRIu64 " records; at most %d are read",
                     table->shape.n_records, NTFS_RECORDS_MAX);
}

void ntfs_records_close(struct ntfs_records *table)
{
    ntfs_library_close(table->library);
    ntfs_runs_free(&table->runs);
    free(table->chunk);
    free(table->extensions);
    *table = (struct ntfs_records){0};
}
