/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/inflation.h"

#include <stdlib.h>

#include "core/size.h"

/* ---- what goes in ---- */

struct counter {
    struct stream stream;
    struct stream *inner;
    uint64_t taken;
    size_t shown; /* by the last peek, and not taken yet */
};

static ssize_t counter_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct counter *self = (struct counter *)stream;
    ssize_t got = stream_read(self->inner, buf, n, err);
    self->shown = 0;
    self->taken += got > 0 ? (size_t)got : 0;
    return got;
}

static ssize_t counter_peek(struct stream *stream, const void **buf, struct error *err)
{
    struct counter *self = (struct counter *)stream;
    ssize_t got = stream_peek(self->inner, buf, err);
    self->shown = got > 0 ? (size_t)got : 0;
    return got;
}

static void counter_advance(struct stream *stream, size_t n)
{
    struct counter *self = (struct counter *)stream;
    stream_advance(self->inner, n);
    self->taken += n;
    self->shown -= n;
}

static void counter_close(struct stream *stream)
{
    struct counter *self = (struct counter *)stream;
    stream_close(self->inner);
    free(self);
}

static const struct stream_ops counter_ops = {
    .read = counter_read,
    .peek = counter_peek,
    .advance = counter_advance,
    .close = counter_close,
};

int stream_count(struct stream **out, struct stream *inner, struct error *err)
{
    struct counter *self = calloc(1, sizeof(*self));
    if (!self) {
        stream_close(inner);
        return error_no_memory(err);
    }
    self->stream.ops = &counter_ops;
    self->inner = inner;
    *out = &self->stream;
    return 0;
}

/* ---- what comes out ---- */

struct inflation {
    struct stream stream;
    struct stream *inner;
    const struct counter *input;
    uint64_t given;
};

static ssize_t inflation_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct inflation *self = (struct inflation *)stream;
    ssize_t got = stream_read(self->inner, buf, n, err);
    if (got <= 0)
        return got;
    self->given += (size_t)got;
    uint64_t input = self->input->taken + self->input->shown;
    if (self->given <= inflation_free_bytes || self->given / INFLATION_RATIO_MAX <= input)
        return got;
    char before[SIZE_TEXT_BYTES], after[SIZE_TEXT_BYTES];
    return error_set(err, ERROR_LIMIT,
                     "%s of compressed data became more than %s, over %d times as much, as data "
                     "that is meant to fill disks does; if you trust it, undo the compression "
                     "first, through a pipe",
                     size_format(input, before), size_format(inflation_free_bytes, after),
                     INFLATION_RATIO_MAX);
}

static void inflation_close(struct stream *stream)
{
    struct inflation *self = (struct inflation *)stream;
    stream_close(self->inner);
    free(self);
}

static const struct stream_ops inflation_ops = {
    .read = inflation_read,
    .close = inflation_close,
};

int stream_inflation(struct stream **out, struct stream *inner, const struct stream *counter,
                     struct error *err)
{
    struct inflation *self = calloc(1, sizeof(*self));
    if (!self) {
        stream_close(inner);
        return error_no_memory(err);
    }
    self->stream.ops = &inflation_ops;
    self->inner = inner;
    self->input = (const struct counter *)counter;
    *out = &self->stream;
    return 0;
}
