/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What blockdev_write_behind() hands to the disk below, and when. */
#include <pthread.h>

#include "core/blockdev.h"
#include "tests/unit/support.h"

enum {
    BUFFER = 256 * 1024,
    CALLS_MAX = 4096,
};

enum call {
    PWRITE,
    ZERO,
    IDENTIFY,
    FLUSH,
    CLOSE,
    ABANDON,
};

/* A disk that only notes what it is asked to do. */
struct recorder {
    struct blockdev dev;
    pthread_t caller;
    int n;
    int fail_at; /* the call that fails, from 0; -1: none */
    struct {
        enum call call;
        uint64_t off, n;
        uint8_t first;
        bool own_thread;
    } calls[CALLS_MAX];
    bool freed;
};

static int record(struct blockdev *dev, enum call call, const void *buf, uint64_t n, uint64_t off,
                  struct error *err)
{
    struct recorder *self = (struct recorder *)dev;
    int at = self->n++;
    assert_true(at < CALLS_MAX);
    self->calls[at].call = call;
    self->calls[at].n = n;
    self->calls[at].off = off;
    self->calls[at].first = buf ? *(const uint8_t *)buf : 0;
    self->calls[at].own_thread = !pthread_equal(pthread_self(), self->caller);
    return at == self->fail_at ? error_set(err, ERROR_NO_SPACE, "call %d", at) : 0;
}

static int recorder_pread(struct blockdev *dev UNUSED, void *buf, size_t n, uint64_t off UNUSED,
                          struct error *err UNUSED)
{
    memset(buf, 0, n);
    return 0;
}

static int recorder_pwrite(struct blockdev *dev, const void *buf, size_t n, uint64_t off,
                           struct error *err)
{
    return record(dev, PWRITE, buf, n, off, err);
}

static int recorder_zero(struct blockdev *dev, uint64_t n, uint64_t off, struct error *err)
{
    return record(dev, ZERO, NULL, n, off, err);
}

static int recorder_identify(struct blockdev *dev, const struct sha256 *identity UNUSED,
                             struct error *err)
{
    return record(dev, IDENTIFY, NULL, 0, 0, err);
}

static int recorder_flush(struct blockdev *dev, struct error *err)
{
    return record(dev, FLUSH, NULL, 0, 0, err);
}

static int recorder_close(struct blockdev *dev, struct error *err)
{
    ((struct recorder *)dev)->freed = true;
    return record(dev, CLOSE, NULL, 0, 0, err);
}

static void recorder_abandon(struct blockdev *dev)
{
    ((struct recorder *)dev)->freed = true;
    record(dev, ABANDON, NULL, 0, 0, NULL);
}

static const struct blockdev_ops recorder_ops = {
    .pread = recorder_pread,
    .pwrite = recorder_pwrite,
    .zero = recorder_zero,
    .identify = recorder_identify,
    .flush = recorder_flush,
    .close = recorder_close,
    .abandon = recorder_abandon,
};

static int set_up(void **state)
{
    struct recorder *self = calloc(1, sizeof(*self));
    *state = self;
    if (!self)
        return -1;
    self->dev = (struct blockdev){&recorder_ops, 1ull << 40, true};
    self->caller = pthread_self();
    self->fail_at = -1;
    return 0;
}

static int tear_down(void **state)
{
    struct recorder *self = *state;
    bool freed = self->freed;
    free(self);
    return freed ? 0 : -1;
}

static void assert_call(const struct recorder *self, int at, enum call call, uint64_t n,
                        uint64_t off)
{
    assert_true(at < self->n);
    assert_int_equal(self->calls[at].call, call);
    assert_true(self->calls[at].n == n);
    assert_true(self->calls[at].off == off);
    assert_int_equal(self->calls[at].own_thread, call == PWRITE);
}

/* Small contiguous writes become large ones that end at multiples of the buffer's size. */
static void test_contiguous(void **state)
{
    struct recorder *self = *state;
    struct error err;
    struct blockdev *dev;
    static uint8_t bytes[4096];
    uint64_t begin = 5 * (uint64_t)BUFFER + 12288;
    assert_ok(blockdev_write_behind(&dev, &self->dev, &err));
    for (uint64_t off = begin; off < 8 * (uint64_t)BUFFER + 4096; off += sizeof(bytes))
        assert_ok(blockdev_pwrite(dev, bytes, sizeof(bytes), off, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_call(self, 0, PWRITE, BUFFER - 12288, begin);
    assert_call(self, 1, PWRITE, BUFFER, 6 * (uint64_t)BUFFER);
    assert_call(self, 2, PWRITE, BUFFER, 7 * (uint64_t)BUFFER);
    assert_call(self, 3, PWRITE, 4096, 8 * (uint64_t)BUFFER);
    assert_call(self, 4, CLOSE, 0, 0);
    assert_int_equal(self->n, 5);
}

/* One write larger than all buffers, behind a small one elsewhere. */
static void test_large(void **state)
{
    struct recorder *self = *state;
    struct error err;
    struct blockdev *dev;
    uint8_t *bytes AUTO_FREE = calloc(6, BUFFER);
    assert_non_null(bytes);
    for (int i = 0; i < 6; i++)
        bytes[i * BUFFER] = (uint8_t)(i + 1);
    assert_ok(blockdev_write_behind(&dev, &self->dev, &err));
    assert_ok(blockdev_pwrite(dev, "x", 1, 1ull << 30, &err));
    assert_ok(blockdev_pwrite(dev, bytes, 6 * BUFFER, 0, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_call(self, 0, PWRITE, 1, 1ull << 30);
    assert_call(self, 1, PWRITE, BUFFER - 1, 0);
    assert_call(self, 2, PWRITE, 1, BUFFER - 1);
    for (int i = 1; i < 6; i++) {
        assert_call(self, i + 2, PWRITE, BUFFER, (uint64_t)i * BUFFER);
        assert_int_equal(self->calls[i + 2].first, i + 1);
    }
    assert_call(self, 8, CLOSE, 0, 0);
}

/* Scattered writes stay apart and in order, and nothing is written before there is a reason. */
static void test_scattered(void **state)
{
    struct recorder *self = *state;
    struct error err;
    struct blockdev *dev;
    assert_ok(blockdev_write_behind(&dev, &self->dev, &err));
    for (int i = 0; i < 200; i++)
        assert_ok(
            blockdev_pwrite(dev, &(uint8_t){(uint8_t)i}, 1, (uint64_t)(i * 7 % 200) * 4096, &err));
    usleep(10000);
    assert_int_equal(self->n, 0);
    assert_ok(blockdev_flush(dev, &err));
    for (int i = 0; i < 200; i++) {
        assert_call(self, i, PWRITE, 1, (uint64_t)(i * 7 % 200) * 4096);
        assert_int_equal(self->calls[i].first, i);
    }
    assert_call(self, 200, FLUSH, 0, 0);
    for (int i = 0; i < 1000; i++) /* more than the segments of a buffer */
        assert_ok(blockdev_pwrite(dev, "x", 1, (uint64_t)i * 4096, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_int_equal(self->n, 201 + 1000 + 1);
}

/* Every other operation comes after what was written before it. */
static void test_drained(void **state)
{
    struct recorder *self = *state;
    struct error err;
    struct blockdev *dev;
    uint8_t byte = 1;
    assert_ok(blockdev_write_behind(&dev, &self->dev, &err));
    assert_ok(blockdev_pwrite(dev, "a", 1, 10, &err));
    assert_ok(blockdev_zero(dev, 100, 0, &err));
    assert_ok(blockdev_pwrite(dev, "b", 1, 20, &err));
    assert_ok(blockdev_identify(dev, &(struct sha256){{0}}, &err));
    assert_ok(blockdev_pwrite(dev, "c", 1, 30, &err));
    assert_ok(blockdev_pread(dev, &byte, 1, 0, &err));
    assert_call(self, 0, PWRITE, 1, 10);
    assert_call(self, 1, ZERO, 100, 0);
    assert_call(self, 2, PWRITE, 1, 20);
    assert_call(self, 3, IDENTIFY, 0, 0);
    assert_call(self, 4, PWRITE, 1, 30);
    assert_int_equal(self->n, 5);
    assert_ok(blockdev_close(dev, &err));
}

/* The thread's error comes at the next call and stays; nothing is written after it. */
static void test_error(void **state)
{
    struct recorder *self = *state;
    struct error err;
    struct blockdev *dev;
    self->fail_at = 1;
    assert_ok(blockdev_write_behind(&dev, &self->dev, &err));
    for (int i = 0; i < 3; i++)
        assert_ok(blockdev_pwrite(dev, "x", 1, (uint64_t)i * 10, &err));
    assert_fails(blockdev_flush(dev, &err), ERROR_NO_SPACE, "call 1");
    assert_fails(blockdev_pwrite(dev, "x", 1, 0, &err), ERROR_NO_SPACE, "call 1");
    assert_fails(blockdev_zero(dev, 1, 0, &err), ERROR_NO_SPACE, "call 1");
    assert_fails(blockdev_close(dev, &err), ERROR_NO_SPACE, "call 1");
    assert_call(self, 2, ABANDON, 0, 0);
    assert_int_equal(self->n, 3);
}

static void test_error_later(void **state)
{
    struct recorder *self = *state;
    struct error err;
    struct blockdev *dev;
    uint8_t *bytes AUTO_FREE = calloc(1, BUFFER);
    int rc = 0;
    self->fail_at = 0;
    assert_ok(blockdev_write_behind(&dev, &self->dev, &err));
    for (uint64_t i = 0; i < 100 && rc == 0; i++)
        rc = blockdev_pwrite(dev, bytes, BUFFER, i * BUFFER, &err);
    assert_int_equal(rc, -1);
    assert_int_equal(err.code, ERROR_NO_SPACE);
    blockdev_abandon(dev);
    assert_call(self, 1, ABANDON, 0, 0);
}

static void test_abandon(void **state)
{
    struct recorder *self = *state;
    struct error err;
    struct blockdev *dev;
    assert_ok(blockdev_write_behind(&dev, &self->dev, &err));
    assert_ok(blockdev_pwrite(dev, "x", 1, 0, &err));
    blockdev_abandon(dev);
    assert_call(self, 0, ABANDON, 0, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_contiguous), TEST(test_large),       TEST(test_scattered), TEST(test_drained),
        TEST(test_error),      TEST(test_error_later), TEST(test_abandon),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
