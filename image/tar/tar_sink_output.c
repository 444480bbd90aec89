/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The thread empties a ring. */
#include "image/tar/tar_sink_output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/ring.h"
#include "image/tar/tar_sink_compress.h"

enum {
    BUFFER_BYTES = 1024 * 1024,
    BUFFER_COUNT = 4,
    PATIENCE_MS = 100, /* until somebody who waits for a pipe looks whether to stop */
};

struct tar_sink_output {
    int fd;
    bool is_file; /* never makes a writer wait */
    char *name;
    struct compressor *compressor;
    struct ring ring;
    struct error error; /* of the thread; set before the ring is stopped */
};

/* ---- the thread ---- */

/* A pipe whose reader is slow must not keep anybody from stopping. */
static int wait_writable(const struct tar_sink_output *self, struct error *err)
{
    struct pollfd poll_fd = {.fd = self->fd, .events = POLLOUT};
    for (;;) {
        if (cancel_check(err) < 0)
            return -1;
        int rc = poll(&poll_fd, 1, PATIENCE_MS);
        if (rc > 0)
            return 0;
        if (rc < 0 && errno != EINTR)
            return error_errno(err, errno, "wait for %s", self->name);
    }
}

static int fd_write(void *context, const void *bytes, size_t n, struct error *err)
{
    struct tar_sink_output *self = context;
    const uint8_t *from = bytes;
    while (n > 0) {
        size_t part = self->is_file || n < PIPE_BUF ? n : PIPE_BUF;
        if (!self->is_file && wait_writable(self, err) < 0)
            return -1;
        ssize_t put = write(self->fd, from, part);
        if (put < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (put < 0)
            return error_errno(err, errno, "write %s", self->name);
        from += put;
        n -= (size_t)put;
    }
    return 0;
}

static int buffers_write(struct tar_sink_output *self, struct error *err)
{
    const struct ring_buffer *buffer;
    while ((buffer = ring_to_empty(&self->ring))) {
        if (cancel_check(err) < 0 ||
            compressor_put(self->compressor, buffer->bytes, buffer->used, err) < 0)
            return -1;
        ring_emptied(&self->ring);
    }
    return cancel_check(err) < 0 ? -1 : compressor_finish(self->compressor, err);
}

static void *output_run(void *argument)
{
    struct tar_sink_output *self = argument;
    struct error error = {0};
    if (buffers_write(self, &error) < 0) {
        self->error = error;
        ring_stop(&self->ring);
    }
    return NULL;
}

/* ---- the caller's side ---- */

static int output_failed(const struct tar_sink_output *self, struct error *err)
{
    if (err)
        *err = self->error;
    return -1;
}

int tar_sink_output_write(struct tar_sink_output *self, const void *bytes, size_t n,
                          struct error *err)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        struct ring_buffer *buffer = ring_to_fill(&self->ring);
        if (!buffer)
            return output_failed(self, err);
        size_t part = BUFFER_BYTES - buffer->used;
        part = n < part ? n : part;
        memcpy(buffer->bytes + buffer->used, from, part);
        buffer->used += part;
        from += part;
        n -= part;
        if (buffer->used == BUFFER_BYTES)
            ring_filled(&self->ring);
    }
    return 0;
}

int tar_sink_output_finish(struct tar_sink_output *self, struct error *err)
{
    const struct ring_buffer *buffer = ring_to_fill(&self->ring);
    if (buffer && buffer->used > 0)
        ring_filled(&self->ring);
    ring_end(&self->ring);
    ring_join(&self->ring);
    return self->error.code == ERROR_NONE ? 0 : output_failed(self, err);
}

void tar_sink_output_free(struct tar_sink_output *self)
{
    if (!self)
        return;
    if (self->ring.started)
        cancel_thread_stop(self->ring.thread);
    ring_free(&self->ring);
    compressor_free(self->compressor);
    free(self->name);
    free(self);
}

int tar_sink_output_new(struct tar_sink_output **out, int fd, const char *name,
                        enum kind compression, struct error *err)
{
    AUTO_TAR_SINK_OUTPUT struct tar_sink_output *self = calloc(1, sizeof(*self));
    struct stat st;
    if (!self)
        return error_no_memory(err);
    if (ring_init(&self->ring, BUFFER_COUNT, BUFFER_BYTES, err) < 0)
        return -1;
    self->fd = fd;
    self->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    self->name = strdup(name);
    if (!self->name)
        return error_no_memory(err);
    const struct compressor_output output = {.write = fd_write, .context = self};
    if (compressor_new(&self->compressor, compression, &output, err) < 0 ||
        ring_start(&self->ring, output_run, self, err) < 0)
        return -1;
    *out = steal(&self);
    return 0;
}
