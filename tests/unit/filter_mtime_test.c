/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Later times become the given one, earlier ones stay. */
#include "image/filter/filter_mtime.h"
#include "tests/unit/filter_source.h"

static void times_are_clamped(void **state UNUSED)
{
    static const struct {
        int64_t latest;
        struct entry_time time, expected;
    } cases[] = {
        {100, {99, 999999999}, {99, 999999999}},
        {100, {100, 0}, {100, 0}},
        {100, {100, 1}, {100, 0}},
        {100, {101, 5}, {100, 0}},
        {100, {-1, 5}, {-1, 5}},
        {0, {0, 1}, {0, 0}},
        {-10, {-10, 1}, {-10, 0}},
        {-10, {-11, 1}, {-11, 1}},
        {INT64_MAX, {INT64_MAX, 0}, {INT64_MAX, 0}},
        {INT64_MIN, {INT64_MIN, 0}, {INT64_MIN, 0}},
        {INT64_MIN, {INT64_MAX, 7}, {INT64_MIN, 0}},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        const size_t offsets[] = {offsetof(struct entry, mtime), offsetof(struct entry, atime),
                                  offsetof(struct entry, ctime), offsetof(struct entry, crtime)};
        for (size_t k = 0; k < array_length(offsets); k++) {
            struct entry like = {0};
            struct error err = {0};
            AUTO_SOURCE struct source *source = NULL;
            const struct entry *entry;
            for (size_t j = 0; j < array_length(offsets); j++)
                *(struct entry_time *)((char *)&like + offsets[j]) =
                    (struct entry_time){INT64_MIN, 0};
            *(struct entry_time *)((char *)&like + offsets[k]) = cases[i].time;
            assert_ok(
                filter_mtime(&source, words_source("a/", &like), cases[i].latest, false, &err));
            assert_int_equal(source_next(source, &entry, &err), 1);
            for (size_t j = 0; j < array_length(offsets); j++) {
                const struct entry_time *time =
                    (const struct entry_time *)((const char *)entry + offsets[j]);
                assert_true(time->seconds == (j == k ? cases[i].expected.seconds : INT64_MIN));
                assert_int_equal(time->nanoseconds, j == k ? cases[i].expected.nanoseconds : 0);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(times_are_clamped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
