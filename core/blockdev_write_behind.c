/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes on a thread of their own, which empties a ring.
 *
 * A buffer holds any number of segments, each a run of device bytes: small scattered writes share
 * one, and contiguous writes are one segment. A contiguous stream is cut where the device offset is
 * a multiple of the buffer's size, so that large writes are aligned ones. */
#include <stdlib.h>
#include <string.h>

#include "core/blockdev.h"
#include "core/ring.h"

enum {
    BUFFER_BYTES = 256 * 1024, /* small enough to stay in the processor's caches on its way */
    BUFFER_COUNT = 8,
    SEGMENTS_MAX = 256, /* in one buffer */
};

struct segment {
    uint64_t offset; /* on the device */
    size_t length;
};

struct segments {
    struct segment of[SEGMENTS_MAX];
    size_t n;
};

struct write_behind {
    struct blockdev dev;
    struct blockdev *inner;
    struct ring ring;
    struct segments segments[BUFFER_COUNT]; /* of each buffer: where its bytes belong */
    struct ring_buffer *buffer;             /* that is being filled; NULL: the thread has failed */
    struct error error;                     /* how; set before the ring is stopped */
};

static struct segments *segments_of(struct write_behind *self, const struct ring_buffer *buffer)
{
    return &self->segments[buffer - self->ring.buffers];
}

/* ---- the thread ---- */

static int buffer_write(struct write_behind *self, const struct ring_buffer *buffer,
                        struct error *err)
{
    const struct segments *segments = segments_of(self, buffer);
    const uint8_t *from = buffer->bytes;
    for (size_t i = 0; i < segments->n; i++) {
        const struct segment *segment = &segments->of[i];
        if (blockdev_pwrite(self->inner, from, segment->length, segment->offset, err) < 0)
            return -1;
        from += segment->length;
    }
    return 0;
}

static void *write_behind_run(void *argument)
{
    struct write_behind *self = argument;
    const struct ring_buffer *buffer;
    while ((buffer = ring_to_empty(&self->ring))) {
        struct error error;
        if (buffer_write(self, buffer, &error) < 0) {
            self->error = error;
            ring_stop(&self->ring);
            break;
        }
        ring_emptied(&self->ring);
    }
    return NULL;
}

/* ---- the caller's side ---- */

/* The error stays. */
static int failed(struct write_behind *self, struct error *err)
{
    self->buffer = NULL;
    if (err)
        *err = self->error;
    return -1;
}

static int buffer_next(struct write_behind *self, struct error *err)
{
    self->buffer = ring_to_fill(&self->ring);
    if (!self->buffer)
        return failed(self, err);
    segments_of(self, self->buffer)->n = 0;
    return 0;
}

static int hand_over(struct write_behind *self, struct error *err)
{
    ring_filled(&self->ring);
    return buffer_next(self, err);
}

static int drain(struct write_behind *self, struct error *err)
{
    if (!self->buffer || (self->buffer->used > 0 && hand_over(self, err) < 0) ||
        !ring_drain(&self->ring))
        return failed(self, err);
    return 0;
}

static bool is_aligned(uint64_t offset)
{
    return offset % BUFFER_BYTES == 0;
}

/* How much of n bytes at off the buffer takes; 0: it has to be handed over first. */
static size_t buffer_room(const struct ring_buffer *buffer, const struct segments *segments,
                          size_t n, uint64_t off, bool contiguous)
{
    size_t room = BUFFER_BYTES - buffer->used;
    if (contiguous ? is_aligned(off) : segments->n == SEGMENTS_MAX)
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
    if (!self->buffer)
        return failed(self, err);
    while (n > 0) {
        struct ring_buffer *buffer = self->buffer;
        struct segments *segments = segments_of(self, buffer);
        struct segment *last = segments->n ? &segments->of[segments->n - 1] : NULL;
        bool contiguous = last && last->offset + last->length == off;
        size_t length = buffer_room(buffer, segments, n, off, contiguous);
        if (length > 0) {
            memcpy(buffer->bytes + buffer->used, from, length);
            buffer->used += length;
            if (contiguous)
                last->length += length;
            else
                segments->of[segments->n++] = (struct segment){off, length};
            from += length;
            off += length;
            n -= length;
        }
        if ((length == 0 || buffer->used == BUFFER_BYTES) && hand_over(self, err) < 0)
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
    ring_free(&self->ring);
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
    if (ring_init(&self->ring, BUFFER_COUNT, BUFFER_BYTES, err) < 0 ||
        ring_start(&self->ring, write_behind_run, self, err) < 0 || buffer_next(self, err) < 0) {
        write_behind_abandon(&self->dev);
        return -1;
    }
    *out = &self->dev;
    return 0;
}
