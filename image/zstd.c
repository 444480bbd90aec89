/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Zstandard by its own library: straight into the reader's buffer, which libarchive cannot do. */
#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "image/decompress.h"

struct zstd {
    struct stream stream;
    struct stream *inner;
    ZSTD_DStream *state;
    ZSTD_inBuffer input; /* of inner's peek */
    bool in_frame;       /* more is to come */
};

static int zstd_failed(size_t code, struct error *err)
{
    if (ZSTD_getErrorCode(code) == ZSTD_error_memory_allocation)
        return error_no_memory(err);
    return error_set(err, ERROR_DAMAGED,
                     "the compressed data is damaged (%s); download or make the file again",
                     ZSTD_getErrorName(code));
}

/* 1, 0 at the end of the input, negative on error. */
static int input_next(struct zstd *self, struct error *err)
{
    if (self->input.size)
        stream_advance(self->inner, self->input.size);
    self->input = (ZSTD_inBuffer){0};
    ssize_t n = stream_peek(self->inner, &self->input.src, err);
    if (n <= 0)
        return (int)n;
    self->input.size = (size_t)n;
    return 1;
}

static ssize_t zstd_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct zstd *self = (struct zstd *)stream;
    ZSTD_outBuffer output = {.dst = buf, .size = n};

    while (output.pos == 0) {
        if (self->input.pos == self->input.size) {
            int rc = input_next(self, err);
            if (rc < 0)
                return -1;
            if (rc == 0 && !self->in_frame)
                return 0;
            if (rc == 0)
                return error_set(err, ERROR_DAMAGED,
                                 "the compressed data ends too early, the file was cut short; "
                                 "download or make it again");
        }
        size_t code = ZSTD_decompressStream(self->state, &output, &self->input);
        if (ZSTD_isError(code))
            return zstd_failed(code, err);
        self->in_frame = code > 0;
    }
    return (ssize_t)output.pos;
}

static void zstd_close(struct stream *stream)
{
    struct zstd *self = (struct zstd *)stream;
    ZSTD_freeDStream(self->state);
    stream_close(self->inner);
    free(self);
}

static const struct stream_ops zstd_ops = {
    .read = zstd_read,
    .close = zstd_close,
};

int stream_zstd(struct stream **out, struct stream *inner, struct error *err)
{
    struct zstd *self = calloc(1, sizeof(*self));
    if (!self) {
        stream_close(inner);
        return error_no_memory(err);
    }
    self->stream.ops = &zstd_ops;
    self->inner = inner;
    self->state = ZSTD_createDStream();
    if (!self->state) {
        zstd_close(&self->stream);
        return error_no_memory(err);
    }
    *out = &self->stream;
    return 0;
}
