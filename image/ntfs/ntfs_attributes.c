/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_attributes.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_runs_read.h"

/* ---- records ---- */

/* The first of a file's extensions in the table. */
static size_t extensions_find(const struct ntfs_records *table, uint64_t base)
{
    size_t low = 0, high = table->n_extensions;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (table->extensions[middle].base < base)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static int room_make(struct ntfs_attributes *self, size_t n, struct error *err)
{
    if (n <= self->size)
        return 0;
    if (n > NTFS_EXTENSIONS_MAX)
        return error_set(err, ERROR_LIMIT, "it has more than %d records", NTFS_EXTENSIONS_MAX);
    uint8_t *bytes = realloc(self->bytes, n * self->table->shape.record_bytes);
    if (!bytes)
        return error_no_memory(err);
    self->bytes = bytes;
    struct ntfs_record_view *records = reallocarray(self->records, n, sizeof(*records));
    if (!records)
        return error_no_memory(err);
    self->records = records;
    self->size = n;
    return 0;
}

static int record_add(struct ntfs_attributes *self, uint64_t number, bool in_order,
                      struct error *err)
{
    struct ntfs_records *table = self->table;
    uint8_t *bytes = self->bytes + self->n * table->shape.record_bytes;
    int rc = in_order ? ntfs_records_read(table, number, bytes, err)
                      : ntfs_records_read_apart(table, number, bytes, err);
    if (rc < 0)
        return -1;
    return ntfs_record_read(&self->records[self->n], bytes, table->shape.record_bytes, number, err);
}

int ntfs_attributes_load(struct ntfs_attributes *self, uint64_t number, bool in_order,
                         struct error *err)
{
    const struct ntfs_records *table = self->table;
    size_t first = extensions_find(table, number), n = 0;
    while (first + n < table->n_extensions && table->extensions[first + n].base == number)
        n++;

    self->n = 0;
    if (room_make(self, n + 1, err) < 0)
        return -1;
    int rc = record_add(self, number, in_order, err);
    if (rc <= 0 || self->records[0].base != 0)
        return rc < 0 ? -1 : 0;
    uint64_t reference = ntfs_reference(number, self->records[0].sequence);
    self->n = 1;
    for (size_t i = 0; i < n; i++) {
        rc = record_add(self, table->extensions[first + i].number, false, err);
        if (rc < 0)
            return -1;
        if (rc > 0 && self->records[self->n].base == reference)
            self->n++;
    }
    return 1;
}

void ntfs_attributes_free(struct ntfs_attributes *self)
{
    free(self->bytes);
    free(self->records);
    free(self->pieces);
    *self = (struct ntfs_attributes){0};
}

/* ---- attributes ---- */

bool ntfs_attributes_next(const struct ntfs_attributes *self, struct ntfs_attributes_at *at)
{
    while (at->record < self->n) {
        if (ntfs_record_next(&self->records[at->record], &at->attribute))
            return true;
        at->record++;
        at->attribute = (struct ntfs_attribute_view){0};
    }
    return false;
}

static int piece_order(const void *a, const void *b)
{
    const struct ntfs_attribute_view *x = a, *y = b;
    return x->first < y->first ? -1 : x->first > y->first;
}

static int piece_add(struct ntfs_attributes *self, size_t *n,
                     const struct ntfs_attribute_view *piece, struct error *err)
{
    if (*n == self->pieces_size) {
        size_t size = *n ? *n * 2 : 8;
        struct ntfs_attribute_view *pieces = reallocarray(self->pieces, size, sizeof(*pieces));
        if (!pieces)
            return error_no_memory(err);
        self->pieces = pieces;
        self->pieces_size = size;
    }
    self->pieces[(*n)++] = *piece;
    return 0;
}

static int damaged(uint64_t number, const char *what, struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "record %" PRIu64 ": %s", number, what);
}

int ntfs_attributes_find(struct ntfs_attributes *self, uint32_t type,
                         struct ntfs_attribute_view *first, struct ntfs_runs_builder *runs,
                         struct error *err)
{
    struct ntfs_attributes_at at = {0};
    uint64_t number = self->records[0].number;
    size_t n = 0;

    while (ntfs_attributes_next(self, &at)) {
        if (at.attribute.type == type && at.attribute.name_length == 0 &&
            piece_add(self, &n, &at.attribute, err) < 0)
            return -1;
    }
    if (n == 0)
        return 0;
    qsort(self->pieces, n, sizeof(*self->pieces), piece_order);
    *first = self->pieces[0];
    if (n > 1 && first->resident)
        return damaged(number, "it has an attribute twice", err);
    for (size_t i = 0; i < n && !first->resident; i++) {
        if (self->pieces[i].resident)
            return damaged(number, "it has an attribute twice", err);
        if (ntfs_runs_read(runs, &self->pieces[i], self->table->shape.clusters, err) < 0)
            return error_wrap(err, "record %" PRIu64, number);
    }
    return 1;
}

int ntfs_attributes_value(struct ntfs_attributes *self, uint32_t type, size_t max, uint8_t **out,
                          size_t *n, struct error *err)
{
    struct ntfs_attribute_view first;
    struct ntfs_runs_builder runs = {0};
    uint64_t number = self->records[0].number;

    int rc = ntfs_attributes_find(self, type, &first, &runs, err);
    uint64_t size = rc > 0 ? first.resident ? first.value_length : first.size : 0;
    if (rc > 0 && size > max)
        rc = damaged(number, "an attribute is larger than it can be", err);
    uint8_t *value = rc > 0 ? malloc((size_t)size + 1) : NULL;
    if (rc > 0 && !value)
        rc = error_no_memory(err);
    if (rc > 0 && first.resident)
        memcpy(value, first.value, (size_t)size);
    else if (rc > 0 && ntfs_runs_pread(self->table, &runs, value, (size_t)size, 0, err) < 0)
        rc = error_wrap(err, "record %" PRIu64, number);
    ntfs_runs_free(&runs);
    if (rc <= 0) {
        free(value);
        return rc;
    }
    *out = value;
    *n = (size_t)size;
    return 1;
}
