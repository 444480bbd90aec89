/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream that is read on a thread of its own.
 *
 * Buffers go round. The thread fills them, the reader takes from the one at `taken`:
 *
 *         taken           filled
 *           v               v
 *     | reading | waiting | filling | free |        reading + waiting = filled - taken
 *
 * The last buffer handed over holds the end of the stream or its error. */
#include <pthread.h>
#include <stdbool.h>
#include <string.h>

#include "core/cancel.h"
#include "core/stream.h"

enum {
    BUFFER_BYTES = 256 * 1024, /* small enough to stay in the processor's caches on its way */
    BUFFER_COUNT = 8,
    BUFFER_ALIGNMENT = 4096,
};

struct buffer {
    uint8_t *bytes;
    size_t n;
    bool last; /* nothing follows but the end, or the error */
};

struct readahead {
    struct stream stream;
    struct stream *inner;
    pthread_t thread;
    bool started;
    struct buffer buffers[BUFFER_COUNT];
    struct error error; /* set before the last buffer is handed over; code NONE: the end */

    size_t at; /* in the buffer at taken; the reader's */

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t work;  /* for the reader: filled changed */
    pthread_cond_t room;  /* for the thread: taken or stop changed */
    uint64_t filled, taken;
    bool stop;
};

/* ---- the thread ---- */

/* True while the reader has something to do: then small pieces may be gathered. */
static bool reader_is_busy(struct readahead *self)
{
    pthread_mutex_lock(&self->lock);
    bool busy = self->filled > self->taken && !self->stop;
    pthread_mutex_unlock(&self->lock);
    return busy;
}

static void buffer_fill(struct readahead *self, struct buffer *buffer)
{
    buffer->n = 0;
    buffer->last = false;
    do {
        struct error error;
        ssize_t got =
            stream_read(self->inner, buffer->bytes + buffer->n, BUFFER_BYTES - buffer->n, &error);
        if (got < 0)
            self->error = error;
        if (got <= 0)
            buffer->last = true;
        else
            buffer->n += (size_t)got;
    } while (!buffer->last && buffer->n < BUFFER_BYTES && reader_is_busy(self));
}

static void *readahead_run(void *argument)
{
    struct readahead *self = argument;
    bool end = false;
    while (!end) {
        pthread_mutex_lock(&self->lock);
        while (self->filled - self->taken == BUFFER_COUNT && !self->stop)
            pthread_cond_wait(&self->room, &self->lock);
        bool stop = self->stop;
        struct buffer *buffer = &self->buffers[self->filled % BUFFER_COUNT];
        pthread_mutex_unlock(&self->lock);
        if (stop)
            break;

        buffer_fill(self, buffer);
        end = buffer->last;

        pthread_mutex_lock(&self->lock);
        self->filled++;
        pthread_cond_signal(&self->work);
        pthread_mutex_unlock(&self->lock);
    }
    return NULL;
}

/* ---- the reader's side ---- */

/* Gives the buffer at taken back. */
static void buffer_release(struct readahead *self)
{
    self->at = 0;
    pthread_mutex_lock(&self->lock);
    self->taken++;
    pthread_cond_signal(&self->room);
    pthread_mutex_unlock(&self->lock);
}

static struct buffer *buffer_wait(struct readahead *self)
{
    pthread_mutex_lock(&self->lock);
    while (self->filled == self->taken)
        pthread_cond_wait(&self->work, &self->lock);
    struct buffer *buffer = &self->buffers[self->taken % BUFFER_COUNT];
    pthread_mutex_unlock(&self->lock);
    return buffer;
}

static ssize_t readahead_peek(struct stream *stream, const void **buf, struct error *err)
{
    struct readahead *self = (struct readahead *)stream;
    for (;;) {
        struct buffer *buffer = buffer_wait(self);
        *buf = buffer->bytes + self->at;
        if (self->at < buffer->n)
            return (ssize_t)(buffer->n - self->at);
        if (!buffer->last) {
            buffer_release(self);
            continue;
        }
        if (self->error.code == ERROR_NONE)
            return 0;
        if (err)
            *err = self->error;
        return -1;
    }
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
    if (self->started) {
        pthread_mutex_lock(&self->lock);
        self->stop = true;
        pthread_cond_signal(&self->room);
        pthread_mutex_unlock(&self->lock);
        cancel_thread_stop(self->thread);
        pthread_join(self->thread, NULL);
    }
    stream_close(self->inner);
    pthread_cond_destroy(&self->work);
    pthread_cond_destroy(&self->room);
    pthread_mutex_destroy(&self->lock);
    for (int i = 0; i < BUFFER_COUNT; i++)
        free(self->buffers[i].bytes);
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
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->work, NULL);
    pthread_cond_init(&self->room, NULL);
    int rc = 0;
    for (int i = 0; i < BUFFER_COUNT && rc == 0; i++) {
        self->buffers[i].bytes = aligned_alloc(BUFFER_ALIGNMENT, BUFFER_BYTES);
        if (!self->buffers[i].bytes)
            rc = error_no_memory(err);
    }
    if (rc == 0)
        rc = cancel_thread_start(&self->thread, readahead_run, self, err);
    self->started = rc == 0;
    if (rc < 0) {
        readahead_close(&self->stream);
        return rc;
    }
    *out = &self->stream;
    return 0;
}
