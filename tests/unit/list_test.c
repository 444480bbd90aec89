/* SPDX-License-Identifier: GPL-3.0-or-later */
/* core/list.h: items stay what they were while their list grows. */
#include "core/list.h"
#include "tests/unit/support.h"

enum {
    ITEMS = 5000,
};

static void test_grow(void **state UNUSED)
{
    AUTO_FREE uint64_t *list = NULL;
    size_t size = 0;
    for (size_t n = 0; n < ITEMS; n++) {
        assert_int_equal(list_grow(&list, n, &size, NULL), 0);
        assert_true(n < size && size <= 16 + 2 * n);
        list[n] = n * n;
    }
    for (size_t n = 0; n < ITEMS; n++)
        assert_int_equal(list[n], n * n);
}

static void test_room(void **state UNUSED)
{
    AUTO_FREE char *list = NULL;
    size_t size = 0;
    assert_int_equal(list_grow(&list, 0, &size, NULL), 0);
    char *before = list;
    assert_int_equal(list_grow(&list, size - 1, &size, NULL), 0); /* there is room */
    assert_ptr_equal(list, before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grow),
        cmocka_unit_test(test_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
