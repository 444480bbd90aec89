/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_content.h"

#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_runs.h"

enum {
    BUFFER_BYTES = 1 << 20,
    EXTENTS_SIZE_MIN = 64,
};

int ntfs_content_init(struct ntfs_content *content, struct ntfs_parse *parse,
                      struct ntfs_library *library, struct error *err)
{
    *content = (struct ntfs_content){.parse = parse, .library = library};
    content->buffer = malloc(BUFFER_BYTES);
    return content->buffer ? 0 : error_no_memory(err);
}

void ntfs_content_free(struct ntfs_content *content)
{
    ntfs_file_free(&content->file);
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

static int extents_fill(struct ntfs_content *content, const struct ntfs_whole *data,
                        struct error *err)
{
    const struct ntfs_stream *stream = &data->stream;
    uint64_t cluster_bytes = content->parse->geometry.cluster_bytes;
    uint64_t unit = content->is_compressed ? cluster_bytes << data->piece->unit : cluster_bytes;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < stream->n_places; i++) {
        const struct ntfs_place *place = &stream->places[i];
        uint64_t offset = place->first * cluster_bytes;
        uint64_t next = offset + place->length * cluster_bytes;
        uint64_t first = offset / unit * unit, last = (next + unit - 1) / unit * unit;
        if (place->cluster != NTFS_HOLE)
            rc = extent_add(content, first, last - first, place->cluster * cluster_bytes,
                            stream->initialized, err);
    }
    return rc;
}

int ntfs_content_begin(struct ntfs_content *content, uint64_t number, struct error *err)
{
    if (content->is_open)
        ntfs_library_stream_close(content->library);
    content->is_open = content->is_compressed = false;
    content->n_extents = content->at = 0;
    content->offset = 0;
    content->number = number;
    content->resident = NULL;
    ntfs_file_free(&content->file);
    int rc = ntfs_parse_file_at(content->parse, number, &content->file, err);
    const struct ntfs_whole *data = rc > 0 ? ntfs_file_find(&content->file, NTFS_DATA, NULL) : NULL;
    if (!data)
        return rc < 0 ? -1 : 0;
    if (data->piece->resident) {
        content->resident = data->stream.value;
        return extent_add(content, 0, data->stream.size, 0, data->stream.size, err);
    }
    content->is_compressed = (data->piece->flags & NTFS_ATTRIBUTE_COMPRESSION) != 0;
    return extents_fill(content, data, err);
}

int ntfs_content_map(struct ntfs_content *content, const struct data_extent **out, size_t *n)
{
    *out = content->extents;
    *n = content->n_extents;
    return 1;
}

/* ---- what lies there ---- */

/* n bytes of the file from offset on, which lie in extent i. */
static int piece_read(struct ntfs_content *content, size_t i, void *buf, size_t n, uint64_t offset,
                      struct error *err)
{
    if (content->resident) {
        memcpy(buf, content->resident + offset, n);
        return 0;
    }
    if (!content->is_compressed)
        return blockdev_pread(content->parse->dev, buf, n,
                              content->places[i] + (offset - content->extents[i].offset), err);
    if (!content->is_open) {
        if (ntfs_library_stream_open(content->library, content->number, err) < 0)
            return -1;
        content->is_open = true;
    }
    return ntfs_library_stream_read(content->library, buf, n, offset, err);
}

/* The first extent that ends behind off. */
static size_t extent_find(const struct ntfs_content *content, uint64_t off)
{
    size_t low = 0, high = content->n_extents;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (content->extents[middle].offset + content->extents[middle].length <= off)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

int ntfs_content_pread(struct ntfs_content *content, void *buf, size_t n, uint64_t off,
                       struct error *err)
{
    uint64_t end = off + n;

    memset(buf, 0, n);
    for (size_t i = extent_find(content, off); i < content->n_extents; i++) {
        const struct data_extent *extent = &content->extents[i];
        uint64_t from = extent->offset > off ? extent->offset : off;
        uint64_t to = extent->offset + extent->length;
        to = to < end ? to : end;
        if (from >= to)
            break;
        if (piece_read(content, i, (uint8_t *)buf + (from - off), (size_t)(to - from), from, err) <
            0)
            return -1;
    }
    return 0;
}

int ntfs_content_next(struct ntfs_content *content, struct content *out, struct error *err)
{
    if (content->at == content->n_extents)
        return 0;
    const struct data_extent *extent = &content->extents[content->at];
    uint64_t offset = extent->offset + content->offset, rest = extent->length - content->offset;
    size_t n = rest < BUFFER_BYTES ? (size_t)rest : BUFFER_BYTES;

    if (!content->resident && piece_read(content, content->at, content->buffer, n, offset, err) < 0)
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
