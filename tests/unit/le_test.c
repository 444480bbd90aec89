/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Bytes in their order, whatever the machine's. */
#include "core/le.h"
#include "tests/unit/support.h"

static void test_put(void **state UNUSED)
{
    struct le16 a = le16_put(0x0102);
    struct le32 b = le32_put(0x81020384);
    struct le64 c = le64_put(0x8102030405060788);
    assert_memory_equal(&a, "\x02\x01", 2);
    assert_memory_equal(&b, "\x84\x03\x02\x81", 4);
    assert_memory_equal(&c, "\x88\x07\x06\x05\x04\x03\x02\x81", 8);
}

static void test_get(void **state UNUSED)
{
    assert_int_equal(le16_get((struct le16){{0xfe, 0xff}}), 0xfffe);
    assert_int_equal(le32_get((struct le32){{0xfe, 0xff, 0xff, 0xff}}), 0xfffffffe);
    assert_true(le64_get((struct le64){{0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}}) ==
                UINT64_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_put), cmocka_unit_test(test_get)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
