/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sizes in both directions, each edge. */
#include "core/size.h"
#include "tests/unit/support.h"

#define KIB 1024ull

static void test_parse(void **state UNUSED)
{
    static const struct {
        const char *text;
        uint64_t bytes;
    } rows[] = {
        {"0", 0},
        {"4096", 4096},
        {"007", 7},
        {"64K", 64 * KIB},
        {"10M", 10 * KIB * KIB},
        {"8G", 8 * KIB * KIB * KIB},
        {"8GiB", 8 * KIB * KIB * KIB},
        {"8GB", 8 * KIB * KIB * KIB},
        {"8g", 8 * KIB * KIB * KIB},
        {"1T", KIB * KIB * KIB * KIB},
        {"15E", 15 * KIB * KIB * KIB * KIB * KIB * KIB},
        {"18446744073709551615", UINT64_MAX},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        uint64_t bytes = 1;
        assert_ok(size_parse(&bytes, rows[i].text, "--size", &err));
        assert_true(bytes == rows[i].bytes);
    }
}

static void test_parse_wrong(void **state UNUSED)
{
    static const char *const rows[] = {
        "",
        "K",
        "-1",
        "+1",
        " 1",
        "1 ",
        "1.5G",
        "1e3",
        "0x10",
        "1KK",
        "1Kib2",
        "1X",
        "1iB",
        "16E",
        "18446744073709551616",
        "18014398509481984K",
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        uint64_t bytes = 42;
        assert_fails(size_parse(&bytes, rows[i], "--size", &err), ERROR_USAGE, "--size: '");
        assert_true(bytes == 42);
    }
}

static void test_format(void **state UNUSED)
{
    static const struct {
        uint64_t bytes;
        const char *text;
    } rows[] = {
        {0, "0 B"},
        {512, "512 B"},
        {1023, "1023 B"},
        {1024, "1.00 KiB"},
        {41 * KIB * KIB, "41.0 MiB"},
        {10 * KIB - 1, "10.0 KiB"},
        {100 * KIB - 1, "100 KiB"},
        {KIB * KIB - 1, "1.00 MiB"},
        {1000 * KIB, "1000 KiB"},
        {KIB * KIB * KIB * KIB, "1.00 TiB"},
        {UINT64_MAX, "16.0 EiB"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        char text[SIZE_TEXT_BYTES];
        assert_string_equal(size_format(rows[i].bytes, text), rows[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_parse_wrong),
        cmocka_unit_test(test_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
