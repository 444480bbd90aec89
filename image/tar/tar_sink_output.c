/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Four buffers go round, as in blockdev_write_behind.c. */
#include "image/tar/tar_sink_output.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "image/tar/tar_sink_compress.h"

enum {
    BUFFER_BYTES = 1024 * 1024,
    BUFFER_COUNT = 4,
    PATIENCE_MS = 100, /* until somebody who waits for a pipe looks whether to stop */
};

struct buffer {
    uint8_t *bytes;
    size_t used;
};

struct tar_sink_output {
    int fd;
    bool is_file; /* never makes a writer wait */
    char *name;
    struct compressor *compressor;
    pthread_t thread;
    bool started;
    struct buffer buffers[BUFFER_COUNT];

    pthread_mutex_t lock; /* for all below */
    pthread_cond_t work;  /* for the thread: filled or the end changed */
    pthread_cond_t room;  /* for the caller: written or done changed */
    uint64_t filled;      /* how many were handed over */
    uint64_t written;     /* how many the thread is done with */
    bool end;             /* nothing follows what is filled */
    bool done;            /* the thread has ended; error says how */
    struct error error;
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

/* The next full buffer; NULL: that was all. */
static const struct buffer *buffer_take(struct tar_sink_output *self)
{
    pthread_mutex_lock(&self->lock);
    while (self->written == self->filled && !self->end)
        pthread_cond_wait(&self->work, &self->lock);
    bool more = self->written < self->filled;
    pthread_mutex_unlock(&self->lock);
    return more ? &self->buffers[self->written % BUFFER_COUNT] : NULL;
}

static void buffer_give(struct tar_sink_output *self)
{
    pthread_mutex_lock(&self->lock);
    self->written++;
    pthread_cond_signal(&self->room);
    pthread_mutex_unlock(&self->lock);
}

static int buffers_write(struct tar_sink_output *self, struct error *err)
{
    const struct buffer *buffer;
    while ((buffer = buffer_take(self))) {
        if (cancel_check(err) < 0 ||
            compressor_put(self->compressor, buffer->bytes, buffer->used, err) < 0)
            return -1;
        buffer_give(self);
    }
    return cancel_check(err) < 0 ? -1 : compressor_finish(self->compressor, err);
}

static void *output_run(void *argument)
{
    struct tar_sink_output *self = argument;
    struct error error = {0};
    (void)!buffers_write(self, &error);
    pthread_mutex_lock(&self->lock);
    self->error = error;
    self->done = true;
    pthread_cond_signal(&self->room);
    pthread_mutex_unlock(&self->lock);
    return NULL;
}

/* ---- the caller's side ---- */

static int output_failed(const struct tar_sink_output *self, struct error *err)
{
    if (err)
        *err = self->error;
    return -1;
}

/* Hands the current buffer over and waits for a free one. */
static int hand_over(struct tar_sink_output *self, struct error *err)
{
    pthread_mutex_lock(&self->lock);
    self->filled++;
    pthread_cond_signal(&self->work);
    while (self->filled - self->written == BUFFER_COUNT && !self->done)
        pthread_cond_wait(&self->room, &self->lock);
    bool done = self->done;
    pthread_mutex_unlock(&self->lock);
    if (done)
        return output_failed(self, err);
    self->buffers[self->filled % BUFFER_COUNT].used = 0;
    return 0;
}

int tar_sink_output_write(struct tar_sink_output *self, const void *bytes, size_t n,
                          struct error *err)
{
    const uint8_t *from = bytes;
    while (n > 0) {
        struct buffer *buffer = &self->buffers[self->filled % BUFFER_COUNT];
        size_t part = BUFFER_BYTES - buffer->used;
        part = n < part ? n : part;
        memcpy(buffer->bytes + buffer->used, from, part);
        buffer->used += part;
        from += part;
        n -= part;
        if (buffer->used == BUFFER_BYTES && hand_over(self, err) < 0)
            return -1;
    }
    return 0;
}

/* Lets the thread end after what was handed over. */
static void join(struct tar_sink_output *self)
{
    pthread_mutex_lock(&self->lock);
    self->end = true;
    pthread_cond_signal(&self->work);
    pthread_mutex_unlock(&self->lock);
    pthread_join(self->thread, NULL);
    self->started = false;
}

int tar_sink_output_finish(struct tar_sink_output *self, struct error *err)
{
    if (self->buffers[self->filled % BUFFER_COUNT].used > 0 && hand_over(self, err) < 0)
        return -1;
    join(self);
    return self->error.code == ERROR_NONE ? 0 : output_failed(self, err);
}

void tar_sink_output_free(struct tar_sink_output *self)
{
    if (!self)
        return;
    if (self->started) {
        cancel_thread_stop(self->thread);
        join(self);
    }
    compressor_free(self->compressor);
    for (size_t i = 0; i < BUFFER_COUNT; i++)
        free(self->buffers[i].bytes);
    pthread_cond_destroy(&self->room);
    pthread_cond_destroy(&self->work);
    pthread_mutex_destroy(&self->lock);
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
    pthread_mutex_init(&self->lock, NULL);
    pthread_cond_init(&self->work, NULL);
    pthread_cond_init(&self->room, NULL);
    self->fd = fd;
    self->is_file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
    self->name = strdup(name);
    if (!self->name)
        return error_no_memory(err);
    for (size_t i = 0; i < BUFFER_COUNT; i++) {
        self->buffers[i].bytes = malloc(BUFFER_BYTES);
        if (!self->buffers[i].bytes)
            return error_no_memory(err);
    }
    const struct compressor_output output = {.write = fd_write, .context = self};
    if (compressor_new(&self->compressor, compression, &output, err) < 0 ||
        cancel_thread_start(&self->thread, output_run, self, err) < 0)
        return -1;
    self->started = true;
    *out = steal(&self);
    return 0;
}
