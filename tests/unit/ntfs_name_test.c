/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as wslfs escapes them, the names of those that have no form there, the order of a
 * directory, and the table that it follows. */
#include "image/ntfs/ntfs_name.h"

#include "core/digest.h"
#include "core/le.h"
#include "image/ntfs/ntfs_upcase.h"
#include "tests/unit/support.h"

static bool units_are(const struct ntfs_name *name, const uint16_t *units, size_t n)
{
    return name->length == n && memcmp(name->units, units, n * sizeof(*units)) == 0;
}

/* Every byte below 0x80 alone. Source: path.rs of openvmm's lxutil. */
static void each_character(void **state UNUSED)
{
    for (int c = 1; c < 0x80; c++) {
        const char text[2] = {(char)c, '\0'};
        bool moved = c < 0x20 || strchr("\"*:<>?\\|", c) != NULL;
        uint16_t unit = (uint16_t)(moved ? 0xf000 + c : c);
        struct ntfs_name name;
        if (c == '/')
            continue;
        assert_true(ntfs_name_make(&name, text, 1));
        if (!units_are(&name, &unit, 1))
            fail_msg("%#x: other units", c);
    }
}

static void longer_ones(void **state UNUSED)
{
    static const struct {
        const char *text;
        uint16_t units[8];
        size_t n;
    } rows[] = {
        {"\xc3\xa9", {0xe9}, 1},
        {"\xf0\x9f\x90\xa7", {0xd83d, 0xdc27}, 2},
        {"a:b", {'a', 0xf03a, 'b'}, 3},
        {"x. ", {'x', '.', ' '}, 3},
        {"#003A", {'#', '0', '0', '3', 'A'}, 5},
        {"\xef\x80\xa5", {0xf025}, 1}, /* stands for nothing */
        {"\xef\x80\xaf", {0xf02f}, 1},
        {"\xef\x84\x80", {0xf100}, 1},
    };
    struct ntfs_name name;
    for (size_t i = 0; i < array_length(rows); i++) {
        if (!ntfs_name_make(&name, rows[i].text, strlen(rows[i].text)) ||
            !units_are(&name, rows[i].units, rows[i].n))
            fail_msg("%s: other units", rows[i].text);
    }
}

static void longest(void **state UNUSED)
{
    char text[256];
    struct ntfs_name name;
    memset(text, ':', sizeof(text));
    assert_true(ntfs_name_make(&name, text, 255));
    assert_int_equal(name.length, 255);
    assert_int_equal(name.units[254], 0xf03a);
}

/* Is no UTF-8, or holds what stands for another character. */
static void replaced(void **state UNUSED)
{
    static const char *const texts[] = {
        "\xff",     "\xc0\xaf",         "\xed\xa0\x80", "ok\xfe",
        "\xe2\x82", "\xf5\x80\x80\x80", "\xef\x80\xba", "a\xef\x80\x81",
    };
    struct ntfs_name name, other;
    for (size_t i = 0; i < array_length(texts); i++) {
        if (ntfs_name_make(&name, texts[i], strlen(texts[i])))
            fail_msg("row %zu is taken", i);
        assert_true(name.length > 9);
        assert_int_equal(name.units[name.length - 9], '~');
        for (size_t unit = 0; unit < name.length; unit++)
            assert_false(name.units[unit] >= 0xf000 && name.units[unit] < 0xf080);
        for (size_t j = 0; j < i; j++) {
            ntfs_name_make(&other, texts[j], strlen(texts[j]));
            assert_false(units_are(&name, other.units, other.length));
        }
    }
}

/* Linux finds a name too long by its bytes. */
static void replaced_is_short_enough_for_linux(void **state UNUSED)
{
    char text[255];
    struct ntfs_name name;
    size_t bytes = 0;
    memset(text, '\xff', sizeof(text));
    assert_false(ntfs_name_make(&name, text, sizeof(text)));
    for (size_t i = 0; i < name.length; i++)
        bytes += name.units[i] < 0x80 ? 1 : 3;
    assert_in_range(bytes, 250, 255);
}

/* As a directory that ntfs-3g filled holds them. */
static void order(void **state UNUSED)
{
    static const char *const names[] = {
        "FOO",  "Foo",   "fOo",  "foo", "FOOA",     "fooa",
        "foob", "fooz~", "foo_", "fox", "\xc3\xa0", "\xc3\x81",
    };
    uint16_t *upcase AUTO_FREE = NULL;
    struct error err = {0};
    assert_ok(ntfs_upcase_make(&upcase, &err));
    for (size_t i = 0; i < array_length(names); i++) {
        for (size_t j = 0; j < array_length(names); j++) {
            struct ntfs_name a, b;
            ntfs_name_make(&a, names[i], strlen(names[i]));
            ntfs_name_make(&b, names[j], strlen(names[j]));
            int order = ntfs_name_compare(a.units, a.length, b.units, b.length, upcase);
            int expected = (i > j) - (i < j);
            if ((order > 0) - (order < 0) != expected)
                fail_msg("%s and %s", names[i], names[j]);
        }
    }
}

/* What Windows 8 to 11 have in $UpCase, by the digest of those volumes, and by the checksum that
 * stands in $Info there. */
static void table(void **state UNUSED)
{
    static const char expected[] =
        "41c26bc7a12bdaeb26025c93118697c7e3ef81ee048b00fe5cce2a472e0e0742";
    uint16_t *upcase AUTO_FREE = NULL;
    const size_t n = NTFS_UPCASE_UNITS * sizeof(struct le16);
    struct le16 *bytes AUTO_FREE = malloc(n);
    struct digest *digest = NULL;
    struct sha256 sum;
    char text[2 * sizeof(sum) + 1];
    struct error err = {0};

    assert_ok(ntfs_upcase_make(&upcase, &err));
    for (size_t i = 0; i < NTFS_UPCASE_UNITS; i++)
        bytes[i] = le16_put(upcase[i]);
    assert_ok(digest_new(&digest, &err));
    assert_ok(digest_update(digest, bytes, n, &err));
    assert_ok(digest_finish(digest, &sum, &err));
    digest_free(digest);
    for (size_t i = 0; i < sizeof(sum); i++)
        snprintf(text + 2 * i, 3, "%02x", ((const uint8_t *)&sum)[i]);
    assert_string_equal(text, expected);
    assert_true(ntfs_upcase_checksum(bytes, n) == UINT64_C(0xdadc7e776b1b690c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_character),
        cmocka_unit_test(longer_ones),
        cmocka_unit_test(longest),
        cmocka_unit_test(replaced),
        cmocka_unit_test(replaced_is_short_enough_for_linux),
        cmocka_unit_test(order),
        cmocka_unit_test(table),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
