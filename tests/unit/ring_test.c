/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core/ring.h: everything arrives, in order, whoever of the two has the thread, and either may
 * stop. */
#include <string.h>

#include "core/ring.h"
#include "tests/unit/support.h"

enum {
    BUFFERS = 3,
    BUFFER_BYTES = 4096,
    ROUNDS = 1000,
};

struct counter {
    struct ring ring;
    int limit; /* of buffers, then the thread goes on no more */
    int seen;
    bool in_order;
};

static void fill(struct ring_buffer *buffer, int number)
{
    buffer->used = (size_t)number % BUFFER_BYTES + 1;
    memcpy(buffer->bytes, &number, sizeof(number));
}

/* Whether a buffer is the one with that number. */
static bool is(const struct ring_buffer *buffer, int number)
{
    return buffer->used == (size_t)number % BUFFER_BYTES + 1 &&
           memcmp(buffer->bytes, &number, sizeof(number)) == 0;
}

static void *fill_run(void *argument)
{
    struct counter *self = argument;
    struct ring_buffer *buffer;
    while (self->seen < self->limit && (buffer = ring_to_fill(&self->ring))) {
        self->in_order &= buffer->used == 0;
        fill(buffer, self->seen++);
        ring_filled(&self->ring);
    }
    ring_end(&self->ring);
    return NULL;
}

static void *empty_run(void *argument)
{
    struct counter *self = argument;
    const struct ring_buffer *buffer;
    while (self->seen < self->limit && (buffer = ring_to_empty(&self->ring))) {
        self->in_order &= is(buffer, self->seen++);
        ring_emptied(&self->ring);
    }
    if (self->seen == self->limit)
        ring_stop(&self->ring);
    return NULL;
}

static void start(struct counter *self, void *(*run)(void *), int limit)
{
    *self = (struct counter){.limit = limit, .in_order = true};
    assert_int_equal(ring_init(&self->ring, BUFFERS, BUFFER_BYTES, NULL), 0);
    assert_int_equal(ring_start(&self->ring, run, self, NULL), 0);
}

static void test_thread_fills(void **state UNUSED)
{
    struct counter counter;
    const struct ring_buffer *buffer;
    int n = 0;
    start(&counter, fill_run, ROUNDS);
    while ((buffer = ring_to_empty(&counter.ring))) {
        assert_true(is(buffer, n++));
        ring_emptied(&counter.ring);
    }
    assert_int_equal(n, ROUNDS);
    assert_null(ring_to_empty(&counter.ring)); /* and so it stays */
    assert_true(counter.in_order);
    ring_free(&counter.ring);
}

static void test_thread_empties(void **state UNUSED)
{
    struct counter counter;
    start(&counter, empty_run, ROUNDS + 1);
    for (int i = 0; i < ROUNDS; i++) {
        struct ring_buffer *buffer = ring_to_fill(&counter.ring);
        assert_non_null(buffer);
        assert_int_equal(buffer->used, 0);
        fill(buffer, i);
        ring_filled(&counter.ring);
        if (i % 100 == 0) {
            assert_true(ring_drain(&counter.ring));
            assert_false(ring_is_busy(&counter.ring));
        }
    }
    ring_end(&counter.ring);
    ring_join(&counter.ring);
    assert_int_equal(counter.seen, ROUNDS);
    assert_true(counter.in_order);
    ring_free(&counter.ring);
}

/* Who empties goes on no more: who fills learns of it, at once or when there is no room. */
static void test_stopped_emptying(void **state UNUSED)
{
    struct counter counter;
    struct ring_buffer *buffer;
    int n = 0;
    start(&counter, empty_run, 10);
    while ((buffer = ring_to_fill(&counter.ring))) {
        fill(buffer, n++);
        ring_filled(&counter.ring);
    }
    assert_in_range(n, 10, 10 + BUFFERS);
    assert_false(ring_drain(&counter.ring));
    assert_int_equal(counter.seen, 10);
    ring_free(&counter.ring);
}

/* Freed while the thread waits for room. */
static void test_stopped_filling(void **state UNUSED)
{
    struct counter counter;
    start(&counter, fill_run, ROUNDS);
    assert_non_null(ring_to_empty(&counter.ring));
    ring_free(&counter.ring);
    assert_in_range(counter.seen, 1, BUFFERS);
}

/* Freed where there was no thread yet. */
static void test_not_started(void **state UNUSED)
{
    struct ring ring;
    assert_int_equal(ring_init(&ring, BUFFERS, BUFFER_BYTES, NULL), 0);
    ring_free(&ring);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_thread_fills),     cmocka_unit_test(test_thread_empties),
        cmocka_unit_test(test_stopped_emptying), cmocka_unit_test(test_stopped_filling),
        cmocka_unit_test(test_not_started),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
