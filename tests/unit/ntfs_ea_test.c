/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes of NTFS as WSL1 wrote them, and what must not be believed. The bytes of lxfs
 * are those that a Windows 10 left on a disk (dfir_ntfs, ea-1.bin). */
#include "image/ntfs/ntfs_ea_read.h"

#include "core/attributes.h"
#include "image/ntfs/ntfs_name_read.h"
#include "tests/unit/support.h"

static const char lxfs[] =
    "\x24\0\0\0\0\x07\x14\0LXXATTR\0\0\0\x01\0\0\0\0\0\x02\0\x06user.111\0"
    "\x48\0\0\0\0\x07\x38\0LXATTRB\0\0\0\x01\0\xa4\x81\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\xe4\x65\xda\x17\xe4\x65\xda\x17\x58\x36\x5b\x39\x02\x25\x46\x5c\0\0\0\0"
    "\x02\x25\x46\x5c\0\0\0\0\xcb\x25\x46\x5c\0\0\0";

static const char wslfs[] = "\x14\0\0\0\0\x06\x04\0$LXUID\0\xe8\x03\0\0\0"
                            "\x14\0\0\0\0\x06\x04\0$LXGID\0\x05\0\0\0\0"
                            "\x14\0\0\0\0\x06\x04\0$LXMOD\0\xb0\x61\0\0\0"
                            "\x18\0\0\0\0\x06\x08\0$LXDEV\0\x03\x01\0\0\x70\x11\x01\0\0"
                            "\x18\0\0\0\0\x0a\x05\0LX.USER.Ab\0lxea1";

static void test_lxfs(void **state UNUSED)
{
    struct arena arena = {0};
    struct ntfs_metadata metadata;
    struct error err;

    assert_ok(ntfs_ea_read(&metadata, (const uint8_t *)lxfs, sizeof(lxfs), &arena, &err));
    assert_int_equal(metadata.generation, NTFS_LXFS);
    assert_int_equal(metadata.mode, 0100644);
    assert_int_equal(metadata.mtime.seconds, 0x5c462502);
    assert_int_equal(metadata.mtime.nanoseconds, 0x17da65e4);
    assert_int_equal(metadata.ctime.seconds, 0x5c4625cb);
    assert_int_equal(metadata.ctime.nanoseconds, 0x395b3658);
    assert_int_equal(metadata.n_xattrs, 1);
    assert_string_equal(metadata.xattrs[0].name, "user.1");
    assert_int_equal(metadata.xattrs[0].size, 2);
    assert_memory_equal(metadata.xattrs[0].value, "11", 2);
    assert_int_equal(metadata.n_ignored, 0);
    arena_free(&arena);
}

static void test_wslfs(void **state UNUSED)
{
    struct arena arena = {0};
    struct ntfs_metadata metadata;
    struct error err;

    assert_ok(ntfs_ea_read(&metadata, (const uint8_t *)wslfs, sizeof(wslfs) - 1, &arena, &err));
    assert_int_equal(metadata.generation, NTFS_WSLFS);
    assert_int_equal(metadata.uid, 1000);
    assert_int_equal(metadata.gid, 5);
    assert_int_equal(metadata.mode, 060660);
    assert_int_equal(metadata.major, 259);
    assert_int_equal(metadata.minor, 70000);
    assert_int_equal(metadata.n_xattrs, 1);
    assert_string_equal(metadata.xattrs[0].name, "user.ab");
    assert_memory_equal(metadata.xattrs[0].value, "1", 1);
    arena_free(&arena);
}

/* Every list that is cut short, and every byte of it changed: an error or not, but no harm. */
static void test_hostile(void **state UNUSED)
{
    static const struct {
        const char *bytes;
        size_t n;
    } lists[] = {{lxfs, sizeof(lxfs)}, {wslfs, sizeof(wslfs) - 1}};
    struct arena arena = {0};
    struct ntfs_metadata metadata;
    struct error err;
    size_t failures = 0;

    for (size_t i = 0; i < array_length(lists); i++) {
        for (size_t n = 1; n < lists[i].n; n++) {
            AUTO_FREE uint8_t *cut = malloc(n);
            memcpy(cut, lists[i].bytes, n);
            failures += ntfs_ea_read(&metadata, cut, n, &arena, &err) < 0;
        }
        for (size_t at = 0; at < lists[i].n; at++) {
            AUTO_FREE uint8_t *changed = malloc(lists[i].n);
            memcpy(changed, lists[i].bytes, lists[i].n);
            changed[at] ^= 0xff;
            failures += ntfs_ea_read(&metadata, changed, lists[i].n, &arena, &err) < 0;
        }
    }
    assert_true(failures > 200);
    assert_fails(ntfs_ea_read(&metadata, (const uint8_t *)wslfs, 21, &arena, &err), ERROR_DAMAGED,
                 "ends early");
    assert_fails(ntfs_ea_read(&metadata, (const uint8_t *)wslfs, 19, &arena, &err), ERROR_DAMAGED,
                 "leads astray");
    arena_free(&arena);
}

static void test_names(void **state UNUSED)
{
    static const struct {
        uint16_t units[12];
        enum ntfs_generation generation;
        const char *text;
        bool whole;
    } rows[] = {
        {u"plain", NTFS_WSLFS, "plain", true},
        {{0xf03a, 'x', 0xf001}, NTFS_WSLFS, ":x\x01", true},
        {{0xf03a}, NTFS_NO_LINUX, ":", true},
        {{0xf03a}, NTFS_LXFS, "\xef\x80\xba", true},
        {{0xf000, 0xf025, 0xf02f, 0xf07f, 0xf080, 0xf100},
         NTFS_WSLFS,
         "\xef\x80\x80\xef\x80\xa5\xef\x80\xaf\xef\x81\xbf\xef\x82\x80\xef\x84\x80",
         true},
        {u"a#003Ab#0023", NTFS_LXFS, "a:b#", true},
        {u"a#003Ab", NTFS_WSLFS, "a#003Ab", true},
        {u"#003a#00#", NTFS_LXFS, "#003a#00#", true},
        {u"x#002Fy", NTFS_LXFS, "x\xef\xbf\xbdy", false},
        {{0xd83d, 0xdc27}, NTFS_WSLFS, "\xf0\x9f\x90\xa7", true},
        {{0xdc27, 'x', 0xd83d}, NTFS_WSLFS, "\xef\xbf\xbdx\xef\xbf\xbd", false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        char text[NTFS_NAME_TEXT_BYTES];
        uint8_t units[24];
        size_t n = 0;
        bool whole;
        for (; n < array_length(rows[i].units) && rows[i].units[n]; n++) {
            units[2 * n] = (uint8_t)rows[i].units[n];
            units[2 * n + 1] = (uint8_t)(rows[i].units[n] >> 8);
        }
        size_t used = ntfs_name_text(units, n, rows[i].generation, text, &whole);
        assert_string_equal(text, rows[i].text);
        assert_int_equal(used, strlen(text));
        assert_int_equal(whole, rows[i].whole);
    }
}

static void test_names_too_long(void **state UNUSED)
{
    char text[NTFS_NAME_TEXT_BYTES + NAME_BYTES_MAX] = "";
    for (int i = 0; i < 100; i++)
        strcat(text, "\xe4\xb8\xad");
    size_t n = strlen(text);
    assert_string_equal(ntfs_name_fit(text, &n, true, 0x1a2b), "has more than 255 bytes in UTF-8");
    assert_true(n <= 255 && n == strlen(text));
    assert_string_equal(text + n - 5, "~1a2b");
    assert_int_equal((n - 5) % 3, 0);
}

/* Names of a mount become the units that made them, and those the names of Linux. */
static void test_names_of_a_mount(void **state UNUSED)
{
    static const struct {
        const char *shown, *name;
        bool whole;
    } rows[] = {
        {"plain", "plain", true},
        {"a\xef\x80\xba"
         "b",
         "a:b", true},
        {"z\xc3\xbc \xf0\x9f\x90\xa7", "z\xc3\xbc \xf0\x9f\x90\xa7", true},
        {"\xed\xa0\xbd half", "\xef\xbf\xbd half", false},
        {"\xed\xa0\xbd\xed\xb0\xa7", "\xf0\x9f\x90\xa7", true},
        {"cut \xe4\xb8", "cut \xef\xbf\xbd\xef\xbf\xbd", true},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        uint8_t units[2 * NTFS_NAME_UNITS_MAX];
        char text[NTFS_NAME_TEXT_BYTES];
        bool whole;
        size_t n = ntfs_name_units(units, rows[i].shown, strlen(rows[i].shown));
        ntfs_name_text(units, n, NTFS_WSLFS, text, &whole);
        assert_string_equal(text, rows[i].name);
        assert_int_equal(whole, rows[i].whole);
    }
    char longest[4 * NTFS_NAME_UNITS_MAX];
    uint8_t units[2 * NTFS_NAME_UNITS_MAX];
    for (size_t i = 0; i < sizeof(longest); i += 4)
        memcpy(longest + i, "\xf0\x9f\x90\xa7", 4);
    assert_int_equal(ntfs_name_units(units, longest, sizeof(longest)), NTFS_NAME_UNITS_MAX - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lxfs),           cmocka_unit_test(test_wslfs),
        cmocka_unit_test(test_hostile),        cmocka_unit_test(test_names),
        cmocka_unit_test(test_names_too_long), cmocka_unit_test(test_names_of_a_mount),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
