/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream that is read on a thread of its own, which fills a ring. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/ring.h"
#include "core/stream.h"

enum {
    BUFFER_BYTES = 256 * 1024, /* small enough to stay in the processor's caches on its way */
    BUFFER_COUNT = 8,
};

struct readahead {
    struct stream stream;
    struct stream *inner;
    struct ring ring;
    struct error error; /* set before the ring is ended; code NONE: the end of inner */
    size_t at;          /* in the buffer that is being emptied; the reader's */
};

/* ---- the thread ---- */

/* False at the end, and after an error. Small pieces are gathered while the reader has something to
 * do. */
static bool buffer_fill(struct readahead *self, struct ring_buffer *buffer)
{
    do {
        struct error error;
        ssize_t got = stream_read(self->inner, buffer->bytes + buffer->used,
                                  BUFFER_BYTES - buffer->used, &error);
        if (got < 0)
            self->error = error;
        if (got <= 0)
            return false;
        buffer->used += (size_t)got;
    } while (buffer->used < BUFFER_BYTES && ring_is_busy(&self->ring));
    return true;
}

static void *readahead_run(void *argument)
{
    struct readahead *self = argument;
    struct ring_buffer *buffer;
    bool more = true;
    while (more && (buffer = ring_to_fill(&self->ring))) {
        more = buffer_fill(self, buffer);
        if (buffer->used > 0)
            ring_filled(&self->ring);
    }
    ring_end(&self->ring);
    return NULL;
}

/* ---- the reader's side ---- */

static ssize_t readahead_peek(struct stream *stream, const void **buf, struct error *err)
{
    struct readahead *self = (struct readahead *)stream;
    const struct ring_buffer *buffer;
    while ((buffer = ring_to_empty(&self->ring))) {
        *buf = buffer->bytes + self->at;
        if (self->at < buffer->used)
            return (ssize_t)(buffer->used - self->at);
        self->at = 0;
        ring_emptied(&self->ring);
    }
    if (self->error.code == ERROR_NONE)
        return 0;
    if (err)
        *err = self->error;
    return -1;
}

static void readahead_advance(struct stream *stream, size_t n)
{
    ((struct readahead *)stream)->at += n;
}

static ssize_t readahead_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    const void *bytes;
    ssize_t got = readahead_peek(stream, &bytes, err);
    if (got <= 0)
        return got;
    if (n > (size_t)got)
        n = (size_t)got;
    memcpy(buf, bytes, n);
    readahead_advance(stream, n);
    return (ssize_t)n;
}

static void readahead_close(struct stream *stream)
{
    struct readahead *self = (struct readahead *)stream;
    if (self->ring.started)
        cancel_thread_stop(self->ring.thread);
    ring_free(&self->ring);
    stream_close(self->inner);
    free(self);
}

static const struct stream_ops readahead_ops = {
    .read = readahead_read,
    .peek = readahead_peek,
    .advance = readahead_advance,
    .close = readahead_close,
};

int stream_readahead(struct stream **out, struct stream *inner, struct error *err)
{
    struct readahead *self = calloc(1, sizeof(*self));
    if (!self) {
        stream_close(inner);
        return error_no_memory(err);
    }
    self->stream.ops = &readahead_ops;
    self->inner = inner;
    if (ring_init(&self->ring, BUFFER_COUNT, BUFFER_BYTES, err) < 0 ||
        ring_start(&self->ring, readahead_run, self, err) < 0) {
        readahead_close(&self->stream);
        return -1;
    }
    *out = &self->stream;
    return 0;
}
