/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The calls, and the streams that begin a chain: files and memory. */
#include "core/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"

enum {
    READ_MAX = 1024 * 1024, /* at once from a file, so that Ctrl-C is heeded in between */
};

ssize_t stream_read(struct stream *self, void *buf, size_t n, struct error *err)
{
    return n == 0 ? 0 : self->ops->read(self, buf, n, err);
}

ssize_t stream_peek(struct stream *self, const void **buf, struct error *err)
{
    if (self->ops->peek)
        return self->ops->peek(self, buf, err);
    return error_set(err, ERROR_INTERNAL,
                     "a stream without a buffer was asked for it; this is a bug, please report it");
}

void stream_advance(struct stream *self, size_t n)
{
    if (n > 0)
        self->ops->advance(self, n);
}

void stream_close(struct stream *self)
{
    if (self)
        self->ops->close(self);
}

ssize_t stream_read_full(struct stream *self, void *buf, size_t n, struct error *err)
{
    size_t done = 0;
    while (done < n) {
        ssize_t got = stream_read(self, (char *)buf + done, n - done, err);
        if (got < 0)
            return got;
        if (got == 0)
            break;
        done += (size_t)got;
    }
    return (ssize_t)done;
}

/* ---- a file ---- */

struct fd_stream {
    struct stream stream;
    int fd;
    bool regular;
    char *name;
};

static ssize_t fd_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct fd_stream *self = (struct fd_stream *)stream;
    int rc = self->regular ? cancel_check(err) : cancel_wait_readable(self->fd, err);
    if (rc < 0)
        return rc;
    ssize_t got;
    do
        got = read(self->fd, buf, n < READ_MAX ? n : READ_MAX);
    while (got < 0 && errno == EINTR);
    return got < 0 ? error_errno(err, errno, "read %s", self->name) : got;
}

static void fd_close(struct stream *stream)
{
    struct fd_stream *self = (struct fd_stream *)stream;
    cleanup_fd(&self->fd);
    free(self->name);
    free(self);
}

static const struct stream_ops fd_ops = {
    .read = fd_read,
    .close = fd_close,
};

int stream_from_fd(struct stream **out, int fd, const char *name, struct error *err)
{
    int owned AUTO_FD = fd;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "read %s", name);
    struct fd_stream *self AUTO_FREE = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->stream.ops = &fd_ops;
    self->regular = S_ISREG(st.st_mode);
    self->name = strdup(name);
    if (!self->name)
        return error_no_memory(err);
    self->fd = steal_fd(&owned);
    if (self->regular)
        posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    *out = &self->stream;
    steal(&self);
    return 0;
}

int stream_open(struct stream **out, const char *path, uint64_t *size, struct error *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    int fd AUTO_FD =
        standard ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : open(path, O_RDONLY | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) < 0)
        return error_errno(err, errno, "open %s", name);
    if (S_ISDIR(st.st_mode))
        return error_set(err, ERROR_WRONG_KIND, "open %s: this is a directory; name a file", name);
    if (size)
        *size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    return stream_from_fd(out, steal_fd(&fd), name, err);
}

/* ---- memory ---- */

struct memory_stream {
    struct stream stream;
    const char *bytes;
    size_t n;
};

static ssize_t memory_peek(struct stream *stream, const void **buf, UNUSED struct error *err)
{
    struct memory_stream *self = (struct memory_stream *)stream;
    *buf = self->bytes;
    return (ssize_t)self->n;
}

static void memory_advance(struct stream *stream, size_t n)
{
    struct memory_stream *self = (struct memory_stream *)stream;
    self->bytes += n;
    self->n -= n;
}

static ssize_t memory_read(struct stream *stream, void *buf, size_t n, UNUSED struct error *err)
{
    struct memory_stream *self = (struct memory_stream *)stream;
    if (n > self->n)
        n = self->n;
    memcpy(buf, self->bytes, n);
    memory_advance(stream, n);
    return (ssize_t)n;
}

static void memory_close(struct stream *stream)
{
    free(stream);
}

static const struct stream_ops memory_ops = {
    .read = memory_read,
    .peek = memory_peek,
    .advance = memory_advance,
    .close = memory_close,
};

int stream_from_memory(struct stream **out, const void *bytes, size_t n, struct error *err)
{
    struct memory_stream *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    *self = (struct memory_stream){{&memory_ops}, bytes, n};
    *out = &self->stream;
    return 0;
}
