/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Streams: files, memory, and the decorators, alone and in chains. */
#include "core/stream.h"

#include <stdbool.h>
#include <time.h>

#include "tests/unit/support.h"

enum {
    SIZE = 5 * 1024 * 1024 + 777, /* more than all buffers of a read-ahead */
    MIB = 1024 * 1024,
};

static uint8_t *pattern_new(void)
{
    uint8_t *bytes = malloc(SIZE);
    assert_non_null(bytes);
    for (size_t i = 0; i < SIZE; i++)
        bytes[i] = (uint8_t)(i * 2654435761u >> 24);
    return bytes;
}

/* ---- a stream that gives pieces of any size and then fails ---- */

struct pieces {
    struct stream stream;
    const uint8_t *bytes;
    size_t n, piece;
    bool fails;
    bool *closed;
};

static ssize_t pieces_read(struct stream *stream, void *buf, size_t n, struct error *err)
{
    struct pieces *self = (struct pieces *)stream;
    if (self->n == 0)
        return self->fails ? error_set(err, ERROR_DAMAGED, "the end is missing") : 0;
    if (n > self->piece)
        n = self->piece;
    if (n > self->n)
        n = self->n;
    memcpy(buf, self->bytes, n);
    self->bytes += n;
    self->n -= n;
    return (ssize_t)n;
}

static void pieces_close(struct stream *stream)
{
    *((struct pieces *)stream)->closed = true;
}

static const struct stream_ops pieces_ops = {.read = pieces_read, .close = pieces_close};

/* ---- reading all, in both ways ---- */

static void assert_reads(struct stream *stream, const uint8_t *bytes, size_t n)
{
    struct error err;
    uint8_t *got AUTO_FREE = malloc(n + 1);
    ssize_t length = stream_read_full(stream, got, n + 1, &err);
    if (length < 0)
        fail_msg("%s", err.text);
    assert_int_equal(length, n);
    assert_memory_equal(got, bytes, n);
    assert_int_equal(stream_read(stream, got, 1, &err), 0);
}

/* Takes less than what is shown, now and then by read. */
static void assert_peeks(struct stream *stream, const uint8_t *bytes, size_t n)
{
    struct error err;
    size_t at = 0;
    for (unsigned i = 0;; i++) {
        const void *shown;
        uint8_t some[7];
        ssize_t length = stream_peek(stream, &shown, &err);
        if (length < 0)
            fail_msg("%s", err.text);
        if (length == 0)
            break;
        assert_true((size_t)length <= n - at);
        size_t take = i % 3 == 0 && length > 5 ? 5 : (size_t)length;
        assert_memory_equal(shown, bytes + at, take);
        stream_advance(stream, 1);
        stream_advance(stream, take - 1);
        at += take;
        if (i % 4 == 0) {
            length = stream_read(stream, some, sizeof(some), &err);
            assert_true(length >= 0 && (size_t)length <= n - at);
            assert_memory_equal(some, bytes + at, (size_t)length);
            at += (size_t)length;
        }
    }
    assert_int_equal(at, n);
}

static void test_memory(void **state UNUSED)
{
    struct error err;
    struct stream *stream;
    assert_ok(stream_from_memory(&stream, "some text", 9, &err));
    assert_reads(stream, (const uint8_t *)"some text", 9);
    stream_close(stream);
    assert_ok(stream_from_memory(&stream, "some text", 9, &err));
    assert_peeks(stream, (const uint8_t *)"some text", 9);
    stream_close(stream);
    stream_close(NULL);
}

static void test_file(void **state UNUSED)
{
    struct error err;
    struct stream *stream;
    uint64_t size = 1;
    const void *buf;
    uint8_t *bytes AUTO_FREE = pattern_new();
    file_make("file", bytes, SIZE);
    assert_ok(stream_open(&stream, "file", &size, &err));
    assert_true(size == SIZE);
    assert_fails(stream_peek(stream, &buf, &err), ERROR_INTERNAL, "bug");
    assert_reads(stream, bytes, SIZE);
    stream_close(stream);
    assert_fails(stream_open(&stream, "missing", NULL, &err), ERROR_NOT_FOUND, "open missing");
    assert_fails(stream_open(&stream, ".", NULL, &err), ERROR_WRONG_KIND, "directory");
    assert_fails(stream_from_fd(&stream, 1000, "no file", &err), ERROR_IO, "no file");
}

static void test_standard_input(void **state UNUSED)
{
    struct error err;
    struct stream *stream;
    uint64_t size = 1;
    int ends[2], saved = dup(0);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], "from a pipe", 11), 11);
    close(ends[1]);
    dup2(ends[0], 0);
    close(ends[0]);
    assert_ok(stream_open(&stream, "-", &size, &err));
    assert_true(size == 0);
    assert_reads(stream, (const uint8_t *)"from a pipe", 11);
    stream_close(stream);
    assert_true(fcntl(0, F_GETFD) >= 0); /* standard input itself stays open */
    dup2(saved, 0);
    close(saved);
}

/* ---- read-ahead ---- */

static void test_readahead(void **state UNUSED)
{
    static const size_t pieces[] = {1021, 65536, MIB, SIZE};
    struct error err;
    uint8_t *bytes AUTO_FREE = pattern_new();
    for (size_t i = 0; i < 2 * array_length(pieces); i++) {
        bool closed = false;
        struct pieces inner = {{&pieces_ops}, bytes, SIZE, pieces[i / 2], false, &closed};
        struct stream *stream;
        assert_ok(stream_readahead(&stream, &inner.stream, &err));
        if (i % 2)
            assert_reads(stream, bytes, SIZE);
        else
            assert_peeks(stream, bytes, SIZE);
        assert_false(closed);
        stream_close(stream);
        assert_true(closed);
    }
}

/* All good bytes come first, then the error, and it stays. */
static void test_readahead_error(void **state UNUSED)
{
    struct error err;
    uint8_t *bytes AUTO_FREE = pattern_new();
    uint8_t *got AUTO_FREE = malloc(SIZE);
    bool closed = false;
    struct pieces inner = {{&pieces_ops}, bytes, SIZE, 70000, true, &closed};
    struct stream *stream;
    const void *buf;
    assert_ok(stream_readahead(&stream, &inner.stream, &err));
    assert_int_equal(stream_read_full(stream, got, SIZE, &err), SIZE);
    assert_memory_equal(got, bytes, SIZE);
    for (int i = 0; i < 2; i++) {
        assert_fails(stream_read(stream, got, 1, &err), ERROR_DAMAGED, "the end is missing");
        assert_fails(stream_peek(stream, &buf, &err), ERROR_DAMAGED, "the end is missing");
    }
    stream_close(stream);
}

/* Closing does not wait for a pipe that nobody writes to. */
static void test_readahead_close(void **state UNUSED)
{
    struct error err;
    struct stream *stream;
    struct timespec begin, end;
    int ends[2];
    char byte;
    for (int taken = 0; taken < 2; taken++) {
        assert_int_equal(pipe(ends), 0);
        assert_int_equal(write(ends[1], "x", 1), 1);
        assert_ok(stream_from_fd(&stream, ends[0], "pipe", &err));
        assert_ok(stream_readahead(&stream, stream, &err));
        if (taken)
            assert_int_equal(stream_read(stream, &byte, 1, &err), 1);
        usleep(2000);
        clock_gettime(CLOCK_MONOTONIC, &begin);
        stream_close(stream);
        clock_gettime(CLOCK_MONOTONIC, &end);
        assert_true(end.tv_sec - begin.tv_sec < 2);
        close(ends[1]);
    }
}

/* With more to come than the buffers hold. */
static void test_readahead_close_full(void **state UNUSED)
{
    struct error err;
    struct stream *stream;
    int fd = open("/dev/zero", O_RDONLY);
    assert_ok(stream_from_fd(&stream, fd, "zero", &err));
    assert_ok(stream_readahead(&stream, stream, &err));
    usleep(2000);
    stream_close(stream);
}

/* ---- decorators ---- */

static void test_digest(void **state UNUSED)
{
    struct error err;
    for (int peek = 0; peek < 2; peek++) {
        struct digest *digest AUTO_DIGEST = NULL;
        struct stream *stream;
        struct sha256 sum;
        char hex[SHA256_HEX_BYTES];
        const uint8_t *abc = (const uint8_t *)"abc";
        assert_ok(digest_new(&digest, &err));
        assert_ok(stream_from_memory(&stream, abc, 3, &err));
        assert_ok(stream_digest(&stream, stream, digest, &err));
        if (peek)
            assert_peeks(stream, abc, 3);
        else
            assert_reads(stream, abc, 3);
        stream_close(stream);
        assert_ok(digest_finish(digest, &sum, &err));
        sha256_format(&sum, hex);
        assert_string_equal(hex,
                            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}

static void test_limit(void **state UNUSED)
{
    struct error err;
    const uint8_t *text = (const uint8_t *)"some text";
    for (uint64_t max = 0; max <= 10; max++) {
        char got[16];
        const void *buf;
        struct stream *stream;
        assert_ok(stream_from_memory(&stream, text, 9, &err));
        assert_ok(stream_limit(&stream, stream, max, "the file", &err));
        if (max >= 9) {
            assert_reads(stream, text, 9);
        } else {
            assert_int_equal(stream_read_full(stream, got, (size_t)max, &err), max);
            assert_fails(stream_read(stream, got, 1, &err), ERROR_LIMIT, "the file: ");
        }
        stream_close(stream);

        assert_ok(stream_from_memory(&stream, text, 9, &err));
        assert_ok(stream_limit(&stream, stream, max, "the file", &err));
        ssize_t shown = max > 0 ? stream_peek(stream, &buf, &err) : 0;
        assert_int_equal(shown, max < 9 ? max : 9);
        stream_advance(stream, (size_t)shown);
        assert_int_equal(stream_peek(stream, &buf, &err), max >= 9 ? 0 : -1);
        stream_close(stream);
    }
}

struct listener {
    struct events events;
    uint64_t done, total;
    int n;
};

static void note(struct events *events, const struct event *event)
{
    struct listener *self = (struct listener *)events;
    assert_int_equal(event->kind, EVENT_PROGRESS);
    assert_true(event->done > self->done);
    self->done = event->done;
    self->total = event->total;
    self->n++;
}

static void test_progress(void **state UNUSED)
{
    struct error err;
    uint8_t *bytes AUTO_FREE = pattern_new();
    for (int peek = 0; peek < 2; peek++) {
        struct listener listener = {.events.report = note};
        struct stream *stream;
        bool closed = false;
        struct pieces inner = {{&pieces_ops}, bytes, SIZE, 1000, false, &closed};
        if (peek)
            assert_ok(stream_readahead(&stream, &inner.stream, &err));
        else
            stream = &inner.stream;
        assert_ok(stream_progress(&stream, stream, &listener.events, SIZE, &err));
        if (peek)
            assert_peeks(stream, bytes, SIZE);
        else
            assert_reads(stream, bytes, SIZE);
        assert_true(listener.done == SIZE && listener.total == SIZE);
        assert_true(listener.n >= 3 && listener.n < 100);
        stream_close(stream);
    }
    struct stream *stream;
    assert_ok(stream_from_memory(&stream, "abc", 3, &err));
    assert_ok(stream_progress(&stream, stream, NULL, 0, &err));
    assert_reads(stream, (const uint8_t *)"abc", 3);
    stream_close(stream);
}

/* As a program has it: file, digest, progress, read-ahead, limit. */
static void test_chain(void **state UNUSED)
{
    struct error err;
    struct listener listener = {.events.report = note};
    struct digest *digest AUTO_DIGEST = NULL;
    struct stream *stream;
    uint8_t *bytes AUTO_FREE = pattern_new();
    file_make("chain", bytes, SIZE);
    assert_ok(digest_new(&digest, &err));
    assert_ok(stream_open(&stream, "chain", NULL, &err));
    assert_ok(stream_digest(&stream, stream, digest, &err));
    assert_ok(stream_progress(&stream, stream, &listener.events, SIZE, &err));
    assert_ok(stream_readahead(&stream, stream, &err));
    assert_ok(stream_limit(&stream, stream, SIZE, "chain", &err));
    assert_peeks(stream, bytes, SIZE);
    stream_close(stream);
    assert_true(listener.done == SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_standard_input),
        cmocka_unit_test(test_readahead),
        cmocka_unit_test(test_readahead_error),
        cmocka_unit_test(test_readahead_close),
        cmocka_unit_test(test_readahead_close_full),
        cmocka_unit_test(test_digest),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_chain),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
