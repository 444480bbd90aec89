/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The mixed byte order of GUIDs, and those that are made. */
#include "core/guid.h"
#include "tests/unit/support.h"

#define TEXT "2dc27766-f623-4200-9d64-115e9bfd4a08" /* the VHDX specification's BAT region */

static const struct guid bat = {{0x66, 0x77, 0xc2, 0x2d, 0x23, 0xf6, 0x00, 0x42, 0x9d, 0x64, 0x11,
                                 0x5e, 0x9b, 0xfd, 0x4a, 0x08}};

static void test_format(void **state UNUSED)
{
    char text[GUID_TEXT_BYTES], braced[GUID_BRACED_BYTES];
    guid_format(&bat, text);
    guid_format_braced(&bat, braced);
    assert_string_equal(text, TEXT);
    assert_string_equal(braced, "{" TEXT "}");
}

static void test_parse(void **state UNUSED)
{
    static const char *const right[] = {TEXT, "{" TEXT "}", "2DC27766-F623-4200-9D64-115E9BFD4A08"};
    static const char *const wrong[] = {
        "",
        "{" TEXT,
        TEXT "}",
        "(" TEXT ")",
        TEXT "0",
        "2dc27766-f623-4200-9d64-115e9bfd4a0",
        "2dc27766-f623-4200-9d64-115e9bfd4a0g",
        "2dc27766+f623-4200-9d64-115e9bfd4a08",
        "2dc277661f623-4200-9d64-115e9bfd4a08",
    };
    struct guid g;
    for (size_t i = 0; i < array_length(right); i++) {
        assert_true(guid_parse(&g, right[i]));
        assert_true(guid_equal(&g, &bat));
    }
    for (size_t i = 0; i < array_length(wrong); i++)
        assert_false(guid_parse(&g, wrong[i]));
}

static void test_random(void **state UNUSED)
{
    struct error err;
    struct guid a, b;
    char text[GUID_TEXT_BYTES];
    assert_ok(guid_random(&a, &err));
    assert_ok(guid_random(&b, &err));
    assert_false(guid_equal(&a, &b));
    guid_format(&a, text);
    assert_int_equal(text[14], '4');
    assert_non_null(strchr("89ab", text[19]));
    assert_false(guid_is_zero(&a));
    assert_true(guid_is_zero(&(struct guid){{0}}));
}

/* Expected: by sha256sum, of 32 bytes "\1" and the label. */
static void test_derive(void **state UNUSED)
{
    struct error err;
    struct sha256 identity;
    struct guid a, b, c;
    char text[GUID_TEXT_BYTES];
    memset(identity.byte, 1, sizeof(identity.byte));
    assert_ok(guid_derive(&a, &identity, "disk", &err));
    assert_ok(guid_derive(&b, &identity, "disk", &err));
    assert_ok(guid_derive(&c, &identity, "file", &err));
    assert_true(guid_equal(&a, &b));
    assert_false(guid_equal(&a, &c));
    guid_format(&a, text);
    assert_string_equal(text, "96e7c60f-88eb-8560-94eb-04d7b7b5b7c5");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format),
        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_derive),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
