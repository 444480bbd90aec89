/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/epoch.h"

#include <time.h>

#include "tests/unit/support.h"

static void test_clock(void **state UNUSED)
{
    struct error err;
    struct epoch epoch;
    unsetenv("SOURCE_DATE_EPOCH");
    assert_ok(epoch_get(&epoch, &err));
    assert_false(epoch.fixed);
    assert_true(epoch.seconds > 0 && epoch.seconds <= time(NULL));
}

static void test_fixed(void **state UNUSED)
{
    static const struct {
        const char *text;
        int64_t seconds;
    } rows[] = {{"0", 0}, {"1700000000", 1700000000}, {"4294967296", 4294967296}};
    struct error err;
    struct epoch epoch;
    for (size_t i = 0; i < array_length(rows); i++) {
        setenv("SOURCE_DATE_EPOCH", rows[i].text, 1);
        assert_ok(epoch_get(&epoch, &err));
        assert_true(epoch.fixed && epoch.seconds == rows[i].seconds);
    }
}

static void test_wrong(void **state UNUSED)
{
    static const char *const rows[] = {"", " 1", "-1", "1s", "yesterday", "9223372036854775808"};
    struct error err;
    struct epoch epoch;
    for (size_t i = 0; i < array_length(rows); i++) {
        setenv("SOURCE_DATE_EPOCH", rows[i], 1);
        assert_fails(epoch_get(&epoch, &err), ERROR_USAGE, "SOURCE_DATE_EPOCH");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clock),
        cmocka_unit_test(test_fixed),
        cmocka_unit_test(test_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
