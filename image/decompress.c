/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/decompress.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "core/libarchive.h"
#include "image/inflation.h"

/* ---- the head of a stream, looked at before the rest ---- */

struct head {
    struct stream stream;
    struct stream *inner;
    size_t n, at;
    uint8_t bytes[KIND_HEAD_BYTES];
};

static ssize_t head_peek(struct stream *stream, const void **buf, struct error *err)
{
    struct head *self = (struct head *)stream;
    if (self->at == self->n)
        return stream_peek(self->inner, buf, err);
    *buf = self->bytes + self->at;
    return (ssize_t)(self->n - self->at);
}

static void head_advance(struct stream *stream, size_t n)
{
    struct head *self = (struct head *)stream;
    if (self->at == self->n)
        stream_advance(self->inner, n);
    else
        self->at += n;
}

static ssize_t head_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct head *self = (struct head *)stream;
    size_t rest = self->n - self->at;
    if (rest == 0)
        return stream_read(self->inner, buf, n, err);
    if (n > rest)
        n = rest;
    memcpy(buf, self->bytes + self->at, n);
    self->at += n;
    return (ssize_t)n;
}

static void head_close(struct stream *stream)
{
    struct head *self = (struct head *)stream;
    stream_close(self->inner);
    free(self);
}

static const struct stream_ops head_ops = {
    .read = head_read,
    .peek = head_peek,
    .advance = head_advance,
    .close = head_close,
};

/* Puts a head before *stream and tells what it shows. */
static int head_look(struct stream **stream, enum kind *kind, struct error *err)
{
    struct head *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->stream.ops = &head_ops;
    self->inner = *stream;
    *stream = &self->stream;

    ssize_t n = stream_read_full(self->inner, self->bytes, sizeof(self->bytes), err);
    if (n < 0)
        return -1;
    self->n = (size_t)n;
    *kind = kind_of(self->bytes, self->n);
    return 0;
}

/* ---- what libarchive inflates ---- */

struct filter {
    struct stream stream;
    struct stream *inner;
    struct archive *archive;
    size_t taken; /* of inner's peek, by the archive */
    struct error error;
};

static la_ssize_t filter_input(struct archive *archive, void *context, const void **buf)
{
    struct filter *self = context;
    if (self->taken)
        stream_advance(self->inner, self->taken);
    ssize_t n = stream_peek(self->inner, buf, &self->error);
    self->taken = n > 0 ? (size_t)n : 0;
    if (n < 0)
        libarchive()->set_error(archive, EIO, "%s", self->error.text);
    return n;
}

static int filter_failed(struct filter *self, struct error *err)
{
    if (self->error.code != ERROR_NONE) {
        if (err)
            *err = self->error;
        return -1;
    }
    const char *words = libarchive()->error_string(self->archive);
    return error_set(err, ERROR_DAMAGED,
                     "the compressed data is damaged or cut short (%s); download or make the file "
                     "again",
                     words ? words : "no reason given");
}

static ssize_t filter_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct filter *self = (struct filter *)stream;
    la_ssize_t got = libarchive()->read_data(self->archive, buf, n);
    return got < 0 ? filter_failed(self, err) : got;
}

static void filter_close(struct stream *stream)
{
    struct filter *self = (struct filter *)stream;
    libarchive()->read_free(self->archive);
    stream_close(self->inner);
    free(self);
}

static const struct stream_ops filter_ops = {
    .read = filter_read,
    .close = filter_close,
};

/* Only filters that run in this process: some of libarchive's start programs. */
static int filter_open(struct filter *self)
{
    struct archive *archive = self->archive;
    struct archive_entry *entry;
    return libarchive()->read_support_filter_bzip2(archive) < ARCHIVE_WARN ||
                   libarchive()->read_support_filter_xz(archive) < ARCHIVE_WARN ||
                   libarchive()->read_support_filter_lzma(archive) < ARCHIVE_WARN ||
                   libarchive()->read_support_filter_lz4(archive) < ARCHIVE_WARN ||
                   libarchive()->read_support_format_raw(archive) != ARCHIVE_OK ||
                   libarchive()->read_open(archive, self, NULL, filter_input, NULL) != ARCHIVE_OK ||
                   libarchive()->read_next_header(archive, &entry) != ARCHIVE_OK
               ? -1
               : 0;
}

int stream_libarchive(struct stream **out, struct stream *inner, struct error *err)
{
    struct filter *self = NULL;
    int rc = libarchive_load(err);
    if (rc == 0 && !(self = calloc(1, sizeof(*self))))
        rc = error_no_memory(err);
    if (rc < 0) {
        stream_close(inner);
        return rc;
    }
    self->stream.ops = &filter_ops;
    self->inner = inner;
    self->archive = libarchive()->read_new();
    if (!self->archive)
        rc = error_no_memory(err);
    else if (filter_open(self) < 0)
        rc = filter_failed(self, err);
    if (rc < 0) {
        filter_close(&self->stream);
        return rc;
    }
    *out = &self->stream;
    return 0;
}

/* ---- putting them together ---- */

static int inflater_open(struct stream **out, struct stream *inner, enum kind kind,
                         struct error *err)
{
    if (kind == KIND_GZIP)
        return stream_gzip(out, inner, err);
    if (kind == KIND_ZSTD)
        return stream_zstd(out, inner, err);
    return stream_libarchive(out, inner, err);
}

int decompress(struct stream **stream, enum kind *out, struct error *err)
{
    if (head_look(stream, out, err) < 0)
        return -1;
    if (!kind_is_compressed(*out))
        return 0;

    struct stream *counter, *plain;
    if (stream_count(&counter, steal(stream), err) < 0 ||
        inflater_open(&plain, counter, *out, err) < 0 ||
        stream_inflation(&plain, plain, counter, err) < 0)
        return -1;
    if (stream_readahead(stream, plain, err) < 0) {
        *stream = NULL;
        return -1;
    }
    return head_look(stream, out, err);
}
