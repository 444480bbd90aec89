/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes on a thread of their own.
 *
 * Buffers go round. The caller fills the one at `filled`, the thread writes those before it:
 *
 *        written           filled
 *           v                v
 *     | writing | waiting | filling | free |        waiting + writing = filled - written
 *
 * A buffer holds any number of segments, each a run of device bytes: small scattered writes share
 * one, and contiguous writes are one segment. A contiguous stream is cut where the device offset is
 * a multiple of the buffer's size, so that large writes are aligned ones. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "core/blockdev.h"
#include "core/cancel.h"

enum {
    BUFFER_BYTES = 256 * 1024, /* small enough to stay in the processor's caches on its way */
    BUFFER_COUNT = 8,
    BUFFER_ALIGNMENT = 4096,
    SEGMENTS_MAX = 256, /* in one buffer */
};

struct segment {
    uint64_t offset; /* on the device */
    size_t length;
};

struct buffer {
    uint8_t *bytes;
    size_t used; /* the sum of the segments' lengths */
    size_t n_segments;
    struct segment segments[SEGMENTS_MAX];
};

struct write_behind {
    struct blockdev dev;
    struct blockdev *inner;
    pthread_t thread;
    bool started;
    struct buffer buffers[BUFFER_COUNT];

    uint64_t filled;      /* how many were handed over; the caller's alone to change */
    atomic_bool failed;   /* the thread's error is set and stays */
    pthread_mutex_t lock; /* for all below, and for changing filled */
    pthread_cond_t work;  /* for the thread: filled or stop changed */
    pthread_cond_t room;  /* for the caller: written changed */
    uint64_t written;     /* how many the thread is done with */
    bool stop;
    struct error error;
};

/* ---- the thread ---- */

static int buffer_write(struct write_behind *self, const struct buffer *buffer, struct error *err)
{
    const uint8_t *from = buffer->bytes;
    for (size_t i = 0; i < buffer->n_segments; i++) {
        const struct segment *segment = &buffer->segments[i];
        if (blockdev_pwrite(self->inner, from, segment->length, segment->offset, err) < 0)
            return -1;
        from += segment->length;
    }
    return 0;
}

static void *write_behind_run(void *argument)
{
    struct write_behind *self = argument;
    pthread_mutex_lock(&self->lock);
    for (;;) {
        while (self->written == self->filled && !self->stop)
            pthread_cond_wait(&self->work, &self->lock);
        if (self->stop)
            break;
        const struct buffer *buffer = &self->buffers[self->written % BUFFER_COUNT];
        pthread_mutex_unlock(&self->lock);

        struct error error;
        bool failed = atomic_load(&self->failed);
        int rc = failed ? 0 : buffer_write(self, buffer, &error);

        pthread_mutex_lock(&self->lock);
        if (rc < 0) {
            self->error = error;
            atomic_store(&self->failed, true);
        }
        self->written++;
        pthread_cond_signal(&self->room);
    }
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

/* ---- the caller's side ---- */

static struct buffer *current_buffer(struct write_behind *self)
{
    return &self->buffers[self->filled % BUFFER_COUNT];
}

static int check_failed(struct write_behind *self, struct error *err)
{
    if (!atomic_load_explicit(&self->failed, memory_order_acquire))
        return 0;
    if (err)
        *err = self->error;
    return -1;
}

/* Hands the current buffer over and waits until at most `waiting` are still to be written. */
static int hand_over(struct write_behind *self, uint64_t waiting, struct error *err)
{
    pthread_mutex_lock(&self->lock);
    if (current_buffer(self)->used > 0) {
        self->filled++;
        pthread_cond_signal(&self->work);
    }
    while (self->filled - self->written > waiting)
        pthread_cond_wait(&self->room, &self->lock);
    pthread_mutex_unlock(&self->lock);
    current_buffer(self)->used = 0;
    current_buffer(self)->n_segments = 0;
    return check_failed(self, err);
}

static int drain(struct write_behind *self, struct error *err)
{
    return hand_over(self, 0, err);
}

static bool is_aligned(uint64_t offset)
{
    return offset % BUFFER_BYTES == 0;
}

/* How much of n bytes at off the buffer takes; 0: it has to be handed over first. */
static size_t buffer_room(const struct buffer *buffer, size_t n, uint64_t off, bool contiguous)
{
    size_t room = BUFFER_BYTES - buffer->used;
    if (contiguous ? is_aligned(off) : buffer->n_segments == SEGMENTS_MAX)
        return 0;
    if (n < room)
        room = n;
    size_t to_boundary = BUFFER_BYTES - off % BUFFER_BYTES;
    return room < to_boundary ? room : to_boundary;
}

static int write_behind_pwrite(struct blockdev *dev, const void *buf, size_t n, uint64_t off,
                               struct error *err)
{
    struct write_behind *self = (struct write_behind *)dev;
    const uint8_t *from = buf;
    if (check_failed(self, err) < 0)
        return -1;
    while (n > 0) {
        struct buffer *buffer = current_buffer(self);
        struct segment *last =
            buffer->n_segments ? &buffer->segments[buffer->n_segments - 1] : NULL;
        bool contiguous = last && last->offset + last->length == off;
        size_t length = buffer_room(buffer, n, off, contiguous);
        if (length > 0) {
            memcpy(buffer->bytes + buffer->used, from, length);
            buffer->used += length;
            if (contiguous)
                last->length += length;
            else
                buffer->segments[buffer->n_segments++] = (struct segment){off, length};
            from += length;
            off += length;
            n -= length;
        }
        if ((length == 0 || buffer->used == BUFFER_BYTES) &&
            hand_over(self, BUFFER_COUNT - 1, err) < 0)
            return -1;
    }
    return 0;
}

static int write_behind_pread(struct blockdev *dev, void *buf, size_t n, uint64_t off,
                              struct error *err)
{
    struct write_behind *self = (struct write_behind *)dev;
    return drain(self, err) < 0 ? -1 : blockdev_pread(self->inner, buf, n, off, err);
}

static int write_behind_zero(struct blockdev *dev, uint64_t n, uint64_t off, struct error *err)
{
    struct write_behind *self = (struct write_behind *)dev;
    return drain(self, err) < 0 ? -1 : blockdev_zero(self->inner, n, off, err);
}

static int write_behind_extent(struct blockdev *dev, uint64_t off, struct extent *out,
                               struct error *err)
{
    struct write_behind *self = (struct write_behind *)dev;
    return drain(self, err) < 0 ? -1 : blockdev_extent(self->inner, off, out, err);
}

static int write_behind_identify(struct blockdev *dev, const struct sha256 *identity,
                                 struct error *err)
{
    struct write_behind *self = (struct write_behind *)dev;
    return drain(self, err) < 0 ? -1 : blockdev_identify(self->inner, identity, err);
}

static int write_behind_flush(struct blockdev *dev, struct error *err)
{
    struct write_behind *self = (struct write_behind *)dev;
    return drain(self, err) < 0 ? -1 : blockdev_flush(self->inner, err);
}

/* Ends the thread, which drops what it did not begin, and frees all but inner. */
static struct blockdev *write_behind_end(struct write_behind *self)
{
    struct blockdev *inner = self->inner;
    if (self->started) {
        pthread_mutex_lock(&self->lock);
        self->stop = true;
        pthread_cond_signal(&self->work);
        pthread_mutex_unlock(&self->lock);
        pthread_join(self->thread, NULL);
    }
    pthread_cond_destroy(&self->work);
    pthread_cond_destroy(&self->room);
    pthread_mutex_destroy(&self->lock);
    for (int i = 0; i < BUFFER_COUNT; i++)
        free(self->buffers[i].bytes);
    free(self);
    return inner;
}

static void write_behind_abandon(struct blockdev *dev)
{
    blockdev_abandon(write_behind_end((struct write_behind *)dev));
}

static int write_behind_close(struct blockdev *dev, struct error *err)
{
    struct write_behind *self = (struct write_behind *)dev;
    int rc = drain(self, err);
    struct blockdev *inner = write_behind_end(self);
    if (rc == 0)
        return blockdev_close(inner, err);
    blockdev_abandon(inner);
    return rc;
}

static const struct blockdev_ops write_behind_ops = {
    .pread = write_behind_pread,
    .pwrite = write_behind_pwrite,
    .zero = write_behind_zero,
    .extent = write_behind_extent,
    .identify = write_behind_identify,
    .flush = write_behind_flush,
    .close = write_behind_close,
    .abandon = write_behind_abandon,
};

int blockdev_write_behind(struct blockdev **out, struct blockdev *inner, struct error *err)
{
    struct write_behind *self = calloc(1, sizeof(*self));
    if (!self) {
        blockdev_abandon(inner);
        return error_no_memory(err);
    }
    self->dev = (struct blockdev){&write_behind_ops, inner->size, inner->writable};
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
        rc = cancel_thread_start(&self->thread, write_behind_run, self, err);
    self->started = rc == 0;
    if (rc < 0) {
        write_behind_abandon(&self->dev);
        return rc;
    }
    *out = &self->dev;
    return 0;
}
