/* SPDX-License-Identifier: GPL-3.0-or-later */
/* gzip by ISA-L, which inflates at twice zlib's speed. */
#include <isa-l/igzip_lib.h>
#include <stdlib.h>

#include "image/decompress.h"

enum {
    MAGIC_0 = 0x1f,
    MAGIC_1 = 0x8b,
};

struct gzip {
    struct stream stream;
    struct stream *inner;
    size_t taken; /* of inner's peek, by the state */
    bool ended;   /* past the last member */
    struct inflate_state state;
};

static const char *inflate_words(int rc)
{
    switch (rc) {
    case ISAL_INVALID_WRAPPER:
        return "a gzip header is wrong";
    case ISAL_INCORRECT_CHECKSUM:
        return "the checksum does not match the data";
    default:
        return "the compressed data is damaged";
    }
}

static int member_begin(struct gzip *self)
{
    isal_inflate_reset(&self->state);
    self->state.crc_flag = ISAL_GZIP;
    return 0;
}

/* Gives the state the next input. 1, 0 at the end of the input, negative on error. */
static int input_next(struct gzip *self, struct error *err)
{
    const void *bytes;
    if (self->taken) {
        stream_advance(self->inner, self->taken);
        self->taken = 0;
    }
    ssize_t n = stream_peek(self->inner, &bytes, err);
    if (n <= 0)
        return (int)n;
    if (n > INT32_MAX)
        n = INT32_MAX;
    self->state.next_in = (uint8_t *)(uintptr_t)bytes; /* the library does not write there */
    self->state.avail_in = (uint32_t)n;
    self->taken = (size_t)n;
    return 1;
}

/* After a member: another one, or the end. What follows the last member is padding, which gzip
 * ignores too. 1, 0 at the end, negative on error. */
static int member_next(struct gzip *self, struct error *err)
{
    for (;;) {
        while (self->state.avail_in > 0) {
            if (self->state.next_in[0] == MAGIC_0)
                return 1 + member_begin(self);
            if (self->state.next_in[0] != 0)
                return error_set(err, ERROR_DAMAGED,
                                 "something that is not gzip follows the compressed data; download "
                                 "or make the file again");
            self->state.next_in++;
            self->state.avail_in--;
        }
        int rc = input_next(self, err);
        if (rc <= 0)
            return rc;
    }
}

static ssize_t gzip_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct gzip *self = (struct gzip *)stream;
    if (n > INT32_MAX)
        n = INT32_MAX;

    self->state.next_out = buf;
    self->state.avail_out = (uint32_t)n;
    while (self->state.avail_out == n && !self->ended) {
        if (self->state.block_state == ISAL_BLOCK_FINISH) {
            int rc = member_next(self, err);
            if (rc < 0)
                return -1;
            self->ended = rc == 0;
            continue;
        }
        if (self->state.avail_in == 0) {
            int rc = input_next(self, err);
            if (rc < 0)
                return -1;
            if (rc == 0 && self->state.tmp_out_valid == self->state.tmp_out_processed)
                return error_set(err, ERROR_DAMAGED,
                                 "the compressed data ends too early, the file was cut short; "
                                 "download or make it again");
        }
        int rc = isal_inflate(&self->state);
        if (rc != ISAL_DECOMP_OK)
            return error_set(err, ERROR_DAMAGED, "%s; download or make the file again",
                             inflate_words(rc));
    }
    return (ssize_t)(n - self->state.avail_out);
}

static void gzip_close(struct stream *stream)
{
    struct gzip *self = (struct gzip *)stream;
    stream_close(self->inner);
    free(self);
}

static const struct stream_ops gzip_ops = {
    .read = gzip_read,
    .close = gzip_close,
};

int stream_gzip(struct stream **out, struct stream *inner, struct error *err)
{
    struct gzip *self = calloc(1, sizeof(*self));
    if (!self) {
        stream_close(inner);
        return error_no_memory(err);
    }
    self->stream.ops = &gzip_ops;
    self->inner = inner;
    isal_inflate_init(&self->state);
    self->state.crc_flag = ISAL_GZIP;
    *out = &self->stream;
    return 0;
}
