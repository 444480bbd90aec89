/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/content_reader.h"

#include "core/cancel.h"

enum {
    ZEROS_BYTES = 1 << 16,
};

static const char zeros[ZEROS_BYTES];

void content_reader_init(struct content_reader *reader, struct source *source, uint64_t size)
{
    *reader = (struct content_reader){.source = source, .size = size, .more = 1};
}

static ssize_t hole_next(struct content_reader *reader, uint64_t end, const void **out)
{
    uint64_t rest = end - reader->offset;
    size_t n = rest < ZEROS_BYTES ? (size_t)rest : ZEROS_BYTES;
    reader->offset += n;
    *out = zeros;
    return (ssize_t)n;
}

ssize_t content_reader_next(struct content_reader *reader, const void **out, struct error *err)
{
    struct content *piece = &reader->piece;
    if (cancel_check(err) < 0)
        return -1;
    while (piece->n == 0 && reader->more > 0) {
        reader->more = source_content(reader->source, piece, err);
        if (reader->more < 0)
            return -1;
        if (reader->more == 0)
            *piece = (struct content){0};
    }
    if (piece->n == 0)
        return hole_next(reader, reader->size, out);
    if (piece->offset < reader->offset || piece->n > reader->size ||
        piece->offset > reader->size - piece->n)
        return error_set(err, ERROR_DAMAGED,
                         "the content does not lie within the file's size; download or make the "
                         "input again");
    if (piece->offset > reader->offset)
        return hole_next(reader, piece->offset, out);
    *out = piece->bytes;
    ssize_t n = (ssize_t)piece->n;
    reader->offset += piece->n;
    piece->n = 0;
    return n;
}
