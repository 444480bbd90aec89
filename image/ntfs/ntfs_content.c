/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_content.h"

#include <inttypes.h>
#include <stdlib.h>

#include "image/ntfs/ntfs_format.h"

enum {
    BUFFER_BYTES = 1 << 20,
    ATTRIBUTE_COMPRESSION = 0x00ff, /* flags of an attribute: the method; 0: none */
    COMPRESSION_UNIT_MAX = 16,      /* clusters, as a power of two */
    EXTENTS_SIZE_MIN = 64,
};

int ntfs_content_init(struct ntfs_content *content, struct ntfs_records *table, struct error *err)
{
    *content = (struct ntfs_content){.table = table, .attributes = {.table = table}};
    content->buffer = malloc(BUFFER_BYTES);
    return content->buffer ? 0 : error_no_memory(err);
}

void ntfs_content_free(struct ntfs_content *content)
{
    ntfs_attributes_free(&content->attributes);
    ntfs_runs_free(&content->runs);
    free(content->extents);
    free(content->places);
    free(content->buffer);
}

/* ---- where it lies ---- */

static int extents_grow(struct ntfs_content *content, struct error *err)
{
    size_t size = content->extents_size ? content->extents_size * 2 : EXTENTS_SIZE_MIN;
    struct data_extent *extents = reallocarray(content->extents, size, sizeof(*extents));
    if (!extents)
        return error_no_memory(err);
    content->extents = extents;
    uint64_t *places = reallocarray(content->places, size, sizeof(*places));
    if (!places)
        return error_no_memory(err);
    content->places = places;
    content->extents_size = size;
    return 0;
}

/* Bytes from offset on, as far as there is something written in the first `end` ones. Compressed
 * pieces join whatever they touch: the library finds them by their offset alone. */
static int extent_add(struct ntfs_content *content, uint64_t offset, uint64_t length,
                      uint64_t place, uint64_t end, struct error *err)
{
    if (offset >= end)
        return 0;
    length = length < end - offset ? length : end - offset;
    struct data_extent *last =
        content->n_extents ? &content->extents[content->n_extents - 1] : NULL;
    if (content->is_compressed && last && offset <= last->offset + last->length) {
        if (offset + length > last->offset + last->length)
            last->length = offset + length - last->offset;
        return 0;
    }
    if (content->n_extents == content->extents_size && extents_grow(content, err) < 0)
        return -1;
    content->places[content->n_extents] = place;
    content->extents[content->n_extents++] =
        (struct data_extent){.offset = offset, .length = length};
    return 0;
}

static int extents_fill(struct ntfs_content *content, const struct ntfs_attribute_view *data,
                        struct error *err)
{
    uint64_t cluster_bytes = content->table->shape.cluster_bytes;
    uint64_t end = data->initialized < data->size ? data->initialized : data->size;
    uint64_t unit = content->is_compressed
                        ? cluster_bytes << (data->compression_unit & (COMPRESSION_UNIT_MAX - 1))
                        : cluster_bytes;
    uint64_t offset = 0;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < content->runs.n; i++) {
        const struct ntfs_run *run = &content->runs.list[i];
        uint64_t next = offset + run->length * cluster_bytes;
        uint64_t first = offset / unit * unit, last = (next + unit - 1) / unit * unit;
        if (run->cluster != NTFS_HOLE)
            rc = extent_add(content, first, last - first, run->cluster * cluster_bytes, end, err);
        offset = next;
    }
    return rc;
}

int ntfs_content_begin(struct ntfs_content *content, uint64_t number, struct error *err)
{
    struct ntfs_attribute_view data;

    if (content->is_open)
        ntfs_library_stream_close(content->table->library);
    content->is_open = content->is_compressed = false;
    content->n_extents = content->at = 0;
    content->offset = content->size = 0;
    content->number = number;
    content->resident = NULL;
    ntfs_runs_free(&content->runs);
    int rc = ntfs_attributes_load(&content->attributes, number, false, err);
    if (rc > 0)
        rc = ntfs_attributes_find(&content->attributes, NTFS_DATA, &data, &content->runs, err);
    if (rc <= 0)
        return rc;
    if (data.resident) {
        content->resident = data.value;
        content->size = data.value_length;
        return extent_add(content, 0, content->size, 0, content->size, err);
    }
    content->size = data.size;
    content->is_compressed = (data.flags & ATTRIBUTE_COMPRESSION) != 0;
    return extents_fill(content, &data, err);
}

int ntfs_content_map(struct ntfs_content *content, const struct data_extent **out, size_t *n)
{
    *out = content->extents;
    *n = content->n_extents;
    return 1;
}

/* ---- what lies there ---- */

static int piece_read(struct ntfs_content *content, size_t n, uint64_t offset, struct error *err)
{
    struct ntfs_records *table = content->table;
    if (!content->is_compressed)
        return blockdev_pread(table->dev, content->buffer, n,
                              content->places[content->at] + content->offset, err);
    if (!content->is_open) {
        if (ntfs_library_stream_open(table->library, content->number, err) < 0)
            return -1;
        content->is_open = true;
    }
    return ntfs_library_stream_read(table->library, content->buffer, n, offset, err);
}

int ntfs_content_next(struct ntfs_content *content, struct content *out, struct error *err)
{
    if (content->at == content->n_extents)
        return 0;
    const struct data_extent *extent = &content->extents[content->at];
    uint64_t offset = extent->offset + content->offset, rest = extent->length - content->offset;
    size_t n = rest < BUFFER_BYTES ? (size_t)rest : BUFFER_BYTES;

    if (!content->resident && piece_read(content, n, offset, err) < 0)
        return -1;
    *out = (struct content){
        .bytes = content->resident ? content->resident + offset : content->buffer,
        .n = n,
        .offset = offset,
    };
    content->offset += n;
    if (n == rest) {
        content->at++;
        content->offset = 0;
    }
    return 1;
}
