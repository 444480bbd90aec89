/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long one waits between two tries. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fetch/fetch_clock.h"

static void pauses_grow(void **state UNUSED)
{
    static const struct {
        unsigned delay, round;
        int64_t longest;
    } rows[] = {
        {0, 0, 0},
        {0, 9, 0},
        {1000, 0, 1000},
        {1000, 1, 2000},
        {1000, 2, 4000},
        {1000, 9, FETCH_PAUSE_MS_MAX},
        {1000, 4000000000, FETCH_PAUSE_MS_MAX},
        {4000000000, 0, FETCH_PAUSE_MS_MAX},
    };
    for (size_t i = 0; i < array_length(rows); i++)
        for (uint32_t chance = 0; chance < 5000; chance += 333) {
            int64_t pause = fetch_clock_pause(rows[i].delay, rows[i].round, chance);
            assert_true(pause <= rows[i].longest && pause >= rows[i].longest / 2);
        }
    assert_int_equal(fetch_clock_pause(1000, 1, 0), 2000);
}

static void sleep_takes_its_time(void **state UNUSED)
{
    int64_t start = fetch_clock_now();
    assert_int_equal(fetch_clock_sleep(120, NULL), 0);
    assert_true(fetch_clock_now() - start >= 120);
    assert_int_equal(fetch_clock_sleep(-5, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_grow),
        cmocka_unit_test(sleep_takes_its_time),
    };
    return cmocka_run_group_tests_name("fetch_clock", tests, NULL, NULL);
}
