/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A disk in memory: a table of chunks, which come into being when they are first written. */
#include <string.h>

#include "core/blockdev.h"

enum {
    CHUNK_BYTES = 64 * 1024,
};

struct memory {
    struct blockdev dev;
    size_t n_chunks;
    uint8_t **chunks; /* NULL: zeros */
};

/* The part of a range that lies in one chunk. */
struct piece {
    size_t chunk, offset, length;
};

static struct piece piece_at(uint64_t n, uint64_t off)
{
    struct piece piece = {.chunk = (size_t)(off / CHUNK_BYTES), .offset = off % CHUNK_BYTES};
    uint64_t rest = CHUNK_BYTES - piece.offset;
    piece.length = (size_t)(n < rest ? n : rest);
    return piece;
}

static int memory_pread(struct blockdev *dev, void *buf, size_t n, uint64_t off,
                        UNUSED struct error *err)
{
    struct memory *self = (struct memory *)dev;
    uint8_t *to = buf;
    while (n > 0) {
        struct piece piece = piece_at(n, off);
        const uint8_t *chunk = self->chunks[piece.chunk];
        if (chunk)
            memcpy(to, chunk + piece.offset, piece.length);
        else
            memset(to, 0, piece.length);
        to += piece.length;
        off += piece.length;
        n -= piece.length;
    }
    return 0;
}

static int memory_pwrite(struct blockdev *dev, const void *buf, size_t n, uint64_t off,
                         struct error *err)
{
    struct memory *self = (struct memory *)dev;
    const uint8_t *from = buf;
    while (n > 0) {
        struct piece piece = piece_at(n, off);
        uint8_t **chunk = &self->chunks[piece.chunk];
        if (!*chunk)
            *chunk = calloc(1, CHUNK_BYTES);
        if (!*chunk)
            return error_no_memory(err);
        memcpy(*chunk + piece.offset, from, piece.length);
        from += piece.length;
        off += piece.length;
        n -= piece.length;
    }
    return 0;
}

static int memory_zero(struct blockdev *dev, uint64_t n, uint64_t off, UNUSED struct error *err)
{
    struct memory *self = (struct memory *)dev;
    while (n > 0) {
        struct piece piece = piece_at(n, off);
        uint8_t **chunk = &self->chunks[piece.chunk];
        if (*chunk && piece.length == CHUNK_BYTES)
            free(steal(chunk));
        else if (*chunk)
            memset(*chunk + piece.offset, 0, piece.length);
        off += piece.length;
        n -= piece.length;
    }
    return 0;
}

static int memory_extent(struct blockdev *dev, uint64_t off, struct extent *out,
                         UNUSED struct error *err)
{
    struct memory *self = (struct memory *)dev;
    size_t chunk = (size_t)(off / CHUNK_BYTES);
    bool allocated = self->chunks[chunk];
    while (chunk < self->n_chunks && allocated == (self->chunks[chunk] != NULL))
        chunk++;
    uint64_t end = (uint64_t)chunk * CHUNK_BYTES;
    if (end > dev->size)
        end = dev->size;
    *out = (struct extent){.offset = off, .length = end - off, .allocated = allocated};
    return 0;
}

static int memory_flush(UNUSED struct blockdev *dev, UNUSED struct error *err)
{
    return 0;
}

static void memory_abandon(struct blockdev *dev)
{
    struct memory *self = (struct memory *)dev;
    for (size_t i = 0; i < self->n_chunks; i++)
        free(self->chunks[i]);
    free(self->chunks);
    free(self);
}

static int memory_close(struct blockdev *dev, UNUSED struct error *err)
{
    memory_abandon(dev);
    return 0;
}

static const struct blockdev_ops memory_ops = {
    .pread = memory_pread,
    .pwrite = memory_pwrite,
    .zero = memory_zero,
    .extent = memory_extent,
    .flush = memory_flush,
    .close = memory_close,
    .abandon = memory_abandon,
};

int blockdev_create_memory(struct blockdev **out, uint64_t size, struct error *err)
{
    struct memory *self AUTO_FREE = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->dev = (struct blockdev){&memory_ops, size, true};
    self->n_chunks = (size_t)(size / CHUNK_BYTES + (size % CHUNK_BYTES != 0));
    self->chunks = calloc(self->n_chunks + 1, sizeof(*self->chunks));
    if (!self->chunks)
        return error_no_memory(err);
    *out = &self->dev;
    steal(&self);
    return 0;
}
