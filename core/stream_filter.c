/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams that look at what passes: digest, limit, progress.
 *
 * They are one decorator with a hook. `allow` says before how many bytes may pass, `pass` is told
 * after which did, whether they were read or peeked at and taken. */
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "core/stream.h"

enum {
    REPORT_BYTES = 64 * 1024, /* progress is reported that often */
};

struct filter;

struct filter_hook {
    /* Bytes that have passed, or NULL and 0 at the end. */
    int (*pass)(struct filter *self, const void *bytes, size_t n, struct error *err);
    /* Called before more is read; NULL: all may pass. */
    ssize_t (*allow)(struct filter *self, size_t n, struct error *err);
};

struct filter {
    struct stream stream;
    struct stream *inner;
    const struct filter_hook *hook;
    const void *peeked;
    uint64_t passed;
    struct error error; /* of a hook in advance(), which cannot fail; told at the next call */

    struct digest *digest;
    struct events *events;
    uint64_t total, reported;
    uint64_t max;
    char *name;
};

static int filter_pending(struct filter *self, struct error *err)
{
    if (self->error.code == ERROR_NONE)
        return 0;
    if (err)
        *err = self->error;
    return -1;
}

static ssize_t filter_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct filter *self = (struct filter *)stream;
    if (filter_pending(self, err) < 0)
        return -1;
    ssize_t allowed = self->hook->allow ? self->hook->allow(self, n, err) : (ssize_t)n;
    if (allowed <= 0)
        return allowed;
    ssize_t got = stream_read(self->inner, buf, (size_t)allowed, err);
    if (got < 0)
        return got;
    self->passed += (uint64_t)got;
    return self->hook->pass(self, buf, (size_t)got, err) < 0 ? -1 : got;
}

static ssize_t filter_peek(struct stream *stream, const void **buf, struct error *err)
{
    struct filter *self = (struct filter *)stream;
    if (filter_pending(self, err) < 0)
        return -1;
    ssize_t allowed = self->hook->allow ? self->hook->allow(self, SSIZE_MAX, err) : SSIZE_MAX;
    if (allowed <= 0)
        return allowed;
    ssize_t got = stream_peek(self->inner, buf, err);
    self->peeked = *buf;
    if (got == 0 && self->hook->pass(self, NULL, 0, err) < 0)
        return -1;
    return got < allowed ? got : allowed;
}

static void filter_advance(struct stream *stream, size_t n)
{
    struct filter *self = (struct filter *)stream;
    self->passed += n;
    if (self->error.code == ERROR_NONE)
        (void)!self->hook->pass(self, self->peeked, n, &self->error);
    self->peeked = (const char *)self->peeked + n;
    stream_advance(self->inner, n);
}

static void filter_close(struct stream *stream)
{
    struct filter *self = (struct filter *)stream;
    stream_close(self->inner);
    free(self->name);
    free(self);
}

static const struct stream_ops filter_ops = {
    .read = filter_read,
    .close = filter_close,
};

static const struct stream_ops filter_peek_ops = {
    .read = filter_read,
    .peek = filter_peek,
    .advance = filter_advance,
    .close = filter_close,
};

static struct filter *filter_new(struct stream *inner, const struct filter_hook *hook,
                                 struct error *err)
{
    struct filter *self = calloc(1, sizeof(*self));
    if (!self) {
        error_no_memory(err);
        stream_close(inner);
        return NULL;
    }
    self->stream.ops = inner->ops->peek ? &filter_peek_ops : &filter_ops;
    self->inner = inner;
    self->hook = hook;
    return self;
}

/* ---- digest ---- */

static int digest_pass(struct filter *self, const void *bytes, size_t n, struct error *err)
{
    return n == 0 ? 0 : digest_update(self->digest, bytes, n, err);
}

int stream_digest(struct stream **out, struct stream *inner, struct digest *digest,
                  struct error *err)
{
    static const struct filter_hook hook = {.pass = digest_pass};
    struct filter *self = filter_new(inner, &hook, err);
    if (!self)
        return -1;
    self->digest = digest;
    *out = &self->stream;
    return 0;
}

/* ---- limit ---- */

static int limit_pass(UNUSED struct filter *self, UNUSED const void *bytes, UNUSED size_t n,
                      UNUSED struct error *err)
{
    return 0;
}

/* At the limit, the end of inner is fine and anything else is not. */
static ssize_t limit_allow(struct filter *self, size_t n, struct error *err)
{
    uint64_t rest = self->max - self->passed;
    if (rest > 0)
        return (ssize_t)(n < rest ? n : rest);
    char byte;
    ssize_t got = stream_read(self->inner, &byte, 1, err);
    if (got <= 0)
        return got;
    return error_set(err, ERROR_LIMIT,
                     "%s: it is longer than %" PRIu64 " bytes, which is the limit for it",
                     self->name, self->max);
}

int stream_limit(struct stream **out, struct stream *inner, uint64_t max, const char *name,
                 struct error *err)
{
    static const struct filter_hook hook = {.pass = limit_pass, .allow = limit_allow};
    struct filter *self = filter_new(inner, &hook, err);
    if (!self)
        return -1;
    self->max = max;
    self->name = strdup(name);
    if (!self->name) {
        filter_close(&self->stream);
        return error_no_memory(err);
    }
    *out = &self->stream;
    return 0;
}

/* ---- progress ---- */

static int progress_pass(struct filter *self, UNUSED const void *bytes, size_t n,
                         UNUSED struct error *err)
{
    bool end = n == 0 && self->reported < self->passed;
    if (end || self->passed - self->reported >= REPORT_BYTES) {
        self->reported = self->passed;
        event_progress(self->events, self->passed, self->total);
    }
    return 0;
}

int stream_progress(struct stream **out, struct stream *inner, struct events *events,
                    uint64_t total, struct error *err)
{
    static const struct filter_hook hook = {.pass = progress_pass};
    struct filter *self = filter_new(inner, &hook, err);
    if (!self)
        return -1;
    self->events = events;
    self->total = total;
    *out = &self->stream;
    return 0;
}
