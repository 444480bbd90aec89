/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is written last: the table of records, the bitmaps, and the boot sectors. */
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "image/ntfs/ntfs_inode.h"
#include "image/ntfs/ntfs_system.h"
#include "image/ntfs/ntfs_table.h"
#include "image/ntfs/ntfs_upcase.h"

enum {
    LOG_FILL = 0xff, /* an empty log, for Windows and every other driver */
    BUFFER_CLUSTERS = 16,
    RECORDS_IN_BUFFER = BUFFER_CLUSTERS * NTFS_RECORDS_PER_CLUSTER,
};

/* ---- the master file table ---- */

static bool is_system(uint64_t number)
{
    return number < NTFS_RESERVED_END || (number >= NTFS_QUOTA && number < NTFS_SYSTEM_END);
}

/* What fills the table from left to right: system files, the tree's files in the order of their
 * numbers, records that were made early, and free ones. */
struct cursor {
    const struct tree_file *file; /* the next one, alive */
    size_t early;
    uint8_t *bitmap;
};

static const struct tree_file *alive(const struct tree_file *file)
{
    while (file && file->links == 0)
        file = file->next;
    return file;
}

static int record_make(struct ntfs_system *self, struct cursor *at, uint64_t number,
                       struct ntfs_record *record, struct error *err)
{
    struct ntfs_writer *writer = self->writer;
    bool early = at->early < writer->n_early && writer->early[at->early]->number == number;
    bool file = at->file && at->file->number == number;
    int rc = 0;

    if (is_system(number)) {
        rc = ntfs_system_record(self, record, (uint32_t)number, err);
    } else if (number - NTFS_USER_FIRST < ntfs_above_records(&writer->above)) {
        rc = ntfs_above_record(writer, (size_t)(number - NTFS_USER_FIRST), record, err);
    } else if (early) {
        memcpy(record->bytes, writer->early[at->early++]->bytes, sizeof(record->bytes));
    } else if (file) {
        rc = ntfs_inode_record(writer, at->file, record, err);
    } else {
        ntfs_record_begin(record, (uint32_t)number, ntfs_system_sequence(number), 0, 0);
        ntfs_record_finish(record, 0);
        return 0;
    }
    if (file)
        at->file = alive(at->file->next);
    at->bitmap[number / 8] |= (uint8_t)(1u << (number % 8));
    return rc;
}

static int table_write(struct ntfs_system *self, struct cursor *at, struct error *err)
{
    struct ntfs_volume *volume = &self->writer->volume;
    AUTO_FREE uint8_t *buffer = malloc(BUFFER_CLUSTERS * NTFS_CLUSTER_BYTES);
    struct ntfs_record record;

    if (!buffer)
        return error_no_memory(err);
    for (uint64_t number = 0; number < self->n_records; number++) {
        size_t in_buffer = (size_t)(number % RECORDS_IN_BUFFER);
        if (record_make(self, at, number, &record, err) < 0)
            return -1;
        memcpy(buffer + in_buffer * NTFS_RECORD_BYTES, record.bytes, sizeof(record.bytes));
        if (in_buffer + 1 < RECORDS_IN_BUFFER && number + 1 < self->n_records)
            continue;
        uint64_t first = (number - in_buffer) / NTFS_RECORDS_PER_CLUSTER;
        uint64_t clusters = (in_buffer + 1) / NTFS_RECORDS_PER_CLUSTER;
        if (number < RECORDS_IN_BUFFER &&
            ntfs_volume_write(volume, buffer, volume->mft_mirror, 1, err) < 0)
            return -1;
        if (cancel_check(err) < 0 ||
            ntfs_volume_write(volume, buffer, self->mft + first, clusters, err) < 0)
            return -1;
    }
    return 0;
}

static int early_order(const void *a, const void *b)
{
    const struct ntfs_early_record *x = *(struct ntfs_early_record *const *)a;
    const struct ntfs_early_record *y = *(struct ntfs_early_record *const *)b;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int mft_write(struct ntfs_system *self, struct error *err)
{
    struct ntfs_writer *writer = self->writer;
    uint64_t clusters = self->mft_bitmap->clusters;
    AUTO_FREE uint8_t *bitmap = calloc(clusters, NTFS_CLUSTER_BYTES);
    struct cursor at = {.file = alive(writer->tree.root), .bitmap = bitmap};

    if (!bitmap)
        return error_no_memory(err);
    if (writer->n_early > 0)
        qsort(writer->early, writer->n_early, sizeof(writer->early[0]), early_order);
    if (table_write(self, &at, err) < 0)
        return -1;
    return ntfs_volume_write(&writer->volume, bitmap, self->mft_bitmap->list[0].cluster, clusters,
                             err);
}

/* ---- what has its place at the front ---- */

static int bytes_write(struct ntfs_system *self, const void *bytes, size_t n, uint64_t cluster,
                       struct error *err)
{
    uint64_t clusters = (n + NTFS_CLUSTER_BYTES - 1) / NTFS_CLUSTER_BYTES;
    AUTO_FREE uint8_t *whole = calloc(clusters, NTFS_CLUSTER_BYTES);
    if (!whole)
        return error_no_memory(err);
    memcpy(whole, bytes, n);
    return ntfs_volume_write(&self->writer->volume, whole, cluster, clusters, err);
}

static int upcase_write(struct ntfs_system *self, struct error *err)
{
    const size_t n = NTFS_UPCASE_UNITS * sizeof(struct le16);
    AUTO_FREE struct le16 *table = malloc(n);
    if (!table)
        return error_no_memory(err);
    for (size_t i = 0; i < NTFS_UPCASE_UNITS; i++)
        table[i] = le16_put(self->writer->upcase[i]);
    self->upcase_checksum = ntfs_upcase_checksum(table, n);
    return bytes_write(self, table, n, self->writer->volume.upcase, err);
}

static int log_write(struct ntfs_system *self, struct error *err)
{
    const struct ntfs_volume *volume = &self->writer->volume;
    size_t n = (size_t)volume->log_clusters * NTFS_CLUSTER_BYTES;
    AUTO_FREE uint8_t *bytes = malloc(n);
    if (!bytes)
        return error_no_memory(err);
    memset(bytes, LOG_FILL, n);
    return bytes_write(self, bytes, n, volume->log, err);
}

static int front_write(struct ntfs_system *self, struct error *err)
{
    const struct ntfs_volume *volume = &self->writer->volume;
    uint8_t definitions[NTFS_DEFINITIONS_BYTES];

    ntfs_definitions_put(definitions);
    if (bytes_write(self, definitions, sizeof(definitions), volume->definitions, err) < 0 ||
        upcase_write(self, err) < 0 || log_write(self, err) < 0)
        return -1;
    if (bytes_write(self, self->security_stream, self->security_bytes, volume->security, err) < 0)
        return -1;
    return bytes_write(self, self->security_stream, self->security_bytes,
                       volume->security + NTFS_SECURITY_COPY / NTFS_CLUSTER_BYTES, err);
}

/* ---- the bitmap of clusters ---- */

static void bits_set(uint8_t *bytes, uint64_t first, uint64_t end)
{
    for (uint64_t i = first; i < end; i++)
        bytes[i / 8] |= (uint8_t)(1u << (i % 8));
}

/* Clears the bits of clusters from first on that nobody has. *at moves on over the list of those.
 */
static void lost_clear(const struct ntfs_runs_builder *lost, size_t *at, uint8_t *bytes,
                       uint64_t first, uint64_t n)
{
    for (; *at < lost->n; ++*at) {
        const struct ntfs_run *run = &lost->list[*at];
        uint64_t end = run->cluster + run->length;
        for (uint64_t i = run->cluster > first ? run->cluster : first; i < end && i < first + n;
             i++)
            bytes[(i - first) / 8] &= (uint8_t) ~(1u << ((i - first) % 8));
        if (end > first + n)
            return;
    }
}

/* Clusters are in use up to the last one that was taken, but for lost ones; the bits behind the
 * volume's end count as in use. What lies between is never written: the device reads as zeros. */
static int bitmap_write(struct ntfs_system *self, struct error *err)
{
    enum {
        BITS = 8 * NTFS_CLUSTER_BYTES,
    };
    struct ntfs_volume *volume = &self->writer->volume;
    uint64_t first = self->runs[NTFS_BITMAP]->list[0].cluster;
    uint64_t end = self->sizes[NTFS_BITMAP] * 8, n = self->runs[NTFS_BITMAP]->clusters;
    AUTO_FREE uint8_t *cluster = malloc(NTFS_CLUSTER_BYTES);
    size_t lost = 0;

    if (!cluster)
        return error_no_memory(err);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t from = i * BITS, to = from + BITS;
        if (from >= volume->next && to <= volume->clusters)
            continue;
        memset(cluster, 0, NTFS_CLUSTER_BYTES);
        if (from < volume->next)
            bits_set(cluster, 0, (to < volume->next ? to : volume->next) - from);
        lost_clear(&self->writer->lost, &lost, cluster, from, BITS);
        if (to > volume->clusters) {
            uint64_t behind = volume->clusters > from ? volume->clusters - from : 0;
            bits_set(cluster, behind, (to < end ? to : end) - from);
        }
        if (ntfs_volume_write(volume, cluster, first + i, 1, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- all of it ---- */

static int boot_write(struct ntfs_system *self, struct error *err)
{
    const struct ntfs_volume *volume = &self->writer->volume;
    struct ntfs_boot_disk boot;

    ntfs_boot_put(&boot, volume->sectors, self->mft, volume->mft_mirror, volume->serial);
    if (blockdev_pwrite(volume->dev, &boot, sizeof(boot), volume->sectors * NTFS_SECTOR_BYTES,
                        err) < 0)
        return -1;
    return blockdev_pwrite(volume->dev, &boot, sizeof(boot), 0, err);
}

int ntfs_system_write(struct ntfs_system *self, struct error *err)
{
    if (front_write(self, err) < 0 || mft_write(self, err) < 0 || bitmap_write(self, err) < 0)
        return -1;
    return boot_write(self, err);
}
