/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A stream: bytes, pulled. Decorators wrap a stream and own it: closing the outer closes all.
 *
 * A constructor that takes a `struct stream *inner` owns it at once, also when it fails. */
#ifndef LXKIT_CORE_STREAM_H
#define LXKIT_CORE_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/event.h"

struct stream;

struct stream_ops {
    /* Up to n bytes into buf: how many, 0 at the end, negative on error. Short reads are usual. */
    ssize_t (*read)(struct stream *self, void *buf, size_t n, struct error *err);
    /* The next bytes without taking or copying them: their number (at least 1) with *buf set, 0
     * at the end, negative on error. Valid until the next call. NULL where nothing is buffered. */
    ssize_t (*peek)(struct stream *self, const void **buf, struct error *err);
    /* Takes n of the bytes that peek showed last. NULL exactly where peek is. */
    void (*advance)(struct stream *self, size_t n);
    void (*close)(struct stream *self);
};

struct stream {
    const struct stream_ops *ops;
};

ssize_t stream_read(struct stream *self, void *buf, size_t n, struct error *err) MUST_CHECK;
/* INTERNAL where the stream offers no peek: wrap it in stream_readahead(). */
ssize_t stream_peek(struct stream *self, const void **buf, struct error *err) MUST_CHECK;
void stream_advance(struct stream *self, size_t n);
void stream_close(struct stream *self); /* NULL is fine */

/* Reads until n bytes are there or the stream ends; returns how many, negative on error. */
ssize_t stream_read_full(struct stream *self, void *buf, size_t n, struct error *err) MUST_CHECK;

/* A file by path, "-" for standard input. *size (may be NULL) becomes the length of a regular
 * file, 0 for anything else. A directory is refused. */
int stream_open(struct stream **out, const char *path, uint64_t *size,
                struct error *err) MUST_CHECK;
/* Takes over fd; name is for messages and is copied. */
int stream_from_fd(struct stream **out, int fd, const char *name, struct error *err) MUST_CHECK;
/* Bytes in memory, not copied: they must outlive the stream. Offers peek. */
int stream_from_memory(struct stream **out, const void *bytes, size_t n,
                       struct error *err) MUST_CHECK;

/* The decorators offer peek where inner does. */

/* Feeds everything that passes to digest (not owned). */
int stream_digest(struct stream **out, struct stream *inner, struct digest *digest,
                  struct error *err) MUST_CHECK;
/* Fails with LIMIT once more than max bytes have passed; name is for the message, copied. */
int stream_limit(struct stream **out, struct stream *inner, uint64_t max, const char *name,
                 struct error *err) MUST_CHECK;
/* Reports EVENT_PROGRESS for the bytes that pass, now and then and at the end, on the thread that
 * reads; total 0 is unknown. events may be NULL. */
int stream_progress(struct stream **out, struct stream *inner, struct events *events,
                    uint64_t total, struct error *err) MUST_CHECK;
/* Runs inner on a thread of its own, a few buffers ahead. Offers peek. An error of inner comes
 * after the bytes that were read before it, and stays. Closing early ends the thread at once where
 * inner heeds cancel_check() or cancel_wait_readable(), as files, pipes and sockets here do. */
int stream_readahead(struct stream **out, struct stream *inner, struct error *err) MUST_CHECK;

static inline void stream_closep(struct stream **stream)
{
    stream_close(*stream);
}

#define AUTO_STREAM CLEANUP(stream_closep)

#endif
