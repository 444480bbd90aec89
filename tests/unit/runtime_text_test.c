/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What passes between Windows and us: UTF-16, paths, and .reg files. */
#include "install/runtime/reg_file.h"
#include "install/runtime/utf16.h"
#include "install/runtime/windows_path.h"
#include "tests/unit/support.h"

/* ---- UTF-16 ---- */

static void utf16_there_and_back(void **state UNUSED)
{
    static const char *const texts[] = {"", "a", "größer", "☃", "\xf0\x9f\x90\xa7"};
    struct error err;
    for (size_t i = 0; i < array_length(texts); i++) {
        AUTO_FREE uint8_t *bytes = NULL;
        AUTO_FREE char *text = NULL;
        size_t n;
        assert_ok(utf16_encode(&bytes, &n, texts[i], &err));
        assert_int_equal(bytes[n] | bytes[n + 1], 0);
        assert_ok(utf16_decode(&text, bytes, n, &err));
        assert_string_equal(text, texts[i]);
    }
}

static void utf16_refused(void **state UNUSED)
{
    AUTO_FREE uint8_t *bytes = NULL;
    AUTO_FREE char *text = NULL;
    struct error err;
    size_t n;
    assert_fails(utf16_encode(&bytes, &n, "a\xff", &err), ERROR_UNSUPPORTED, "not UTF-8");
    assert_fails(utf16_decode(&text, (const uint8_t *)"a\0b", 3, &err), ERROR_DAMAGED, "odd");
    assert_fails(utf16_decode(&text,
                              (const uint8_t *)"\0\xd8"
                                               "a\0",
                              4, &err),
                 ERROR_DAMAGED, "half a character");
    assert_ok(utf16_decode(&text, (const uint8_t *)"a\0\0\0\0\xd8", 6, &err));
    assert_string_equal(text, "a"); /* what stands behind the NUL is nothing */
}

/* Bytes of two per character, the low one first. */
#define UNITS(text) (const uint8_t *)(u"" text), sizeof(u"" text) - sizeof(u"")

static void utf16_lists(void **state UNUSED)
{
    static const struct {
        const uint8_t *bytes;
        size_t n;
        const char *texts[3];
        bool exact; /* it is what is written of these texts, too */
    } rows[] = {
        {UNITS("A=1\0B=\u2603\0\0"), {"A=1", "B=\u2603"}, true},
        {UNITS("\0"), {NULL}, true},
        {UNITS(""), {NULL}, false},
        {UNITS("\0\0"), {NULL}, false},
        {UNITS("a"), {"a"}, false}, /* the service puts the missing NULs there */
        {UNITS("a\0"), {"a"}, false},
        {UNITS("a\0\0b\0\0"), {"a"}, false}, /* and stops at the first empty text */
        {UNITS("\0a\0\0"), {NULL}, false},
        {UNITS("a\0b"), {"a", "b"}, false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        CLEANUP(texts_free) struct texts texts = {0};
        AUTO_FREE uint8_t *bytes = NULL;
        struct error err;
        size_t n;
        assert_ok(utf16_decode_list(&texts, rows[i].bytes, rows[i].n, &err));
        for (size_t k = 0; k < texts.n; k++)
            assert_string_equal(texts.items[k], rows[i].texts[k]);
        assert_null(rows[i].texts[texts.n]);
        assert_ok(utf16_encode_list(&bytes, &n, &texts, &err));
        if (rows[i].exact) {
            assert_int_equal(n, rows[i].n);
            assert_memory_equal(bytes, rows[i].bytes, n);
        }
    }
}

static void utf16_lists_refused(void **state UNUSED)
{
    CLEANUP(texts_free) struct texts texts = {0}, wrong = {0};
    AUTO_FREE uint8_t *bytes = NULL;
    struct error err;
    size_t n;
    assert_fails(utf16_decode_list(&texts, (const uint8_t *)"a\0b", 3, &err), ERROR_DAMAGED, "odd");
    assert_fails(utf16_decode_list(&texts, (const uint8_t *)"a\0\0\0\0\xd8\0\0\0", 10, &err),
                 ERROR_DAMAGED, "half a character");
    assert_ok(texts_add(&wrong, "\xff", &err));
    assert_fails(utf16_encode_list(&bytes, &n, &wrong, &err), ERROR_UNSUPPORTED, "not UTF-8");
}

/* ---- paths ---- */

static int windows_enter(void **state)
{
    if (scratch_enter(state) < 0)
        return -1;
    return mkdir("c", 0700) | mkdir("c/WINDOWS", 0700) | mkdir("c/WINDOWS/system32", 0700) |
           mkdir("c/Users", 0700) | mkdir("c/Users/Zoë", 0700) | mkdir("out", 0700) |
           symlink("../out", "c/link");
}

static void paths_here(void **state UNUSED)
{
    static const struct {
        const char *windows, *here; /* below the root; NULL: nowhere */
    } rows[] = {
        {"C:\\", ""},
        {"c:\\users\\ZOË\\x", "/Users/Zoë/x"},
        {"\\\\?\\C:\\Users", "/Users"},
        {"C:/Users//./new\\", "/Users/new"},
        {"C:\\Users\\..\\..\\..\\Users", "/Users"},
        {"C:\\link\\a", NULL},
        {"D:\\a", NULL},
        {"C:a", NULL},
        {"C:", NULL},
        {"", NULL},
        {"\\\\server\\share", NULL},
        {"%USERPROFILE%\\a", NULL},
    };
    AUTO_FREE char *root = NULL;
    struct error err;
    assert_ok(windows_root_open(&root, "c", &err));
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_FREE char *here = NULL;
        assert_ok(windows_path_here(&here, root, rows[i].windows, &err));
        if (!rows[i].here) {
            assert_null(here);
            continue;
        }
        assert_non_null(here);
        assert_string_equal(here + strlen(root), rows[i].here);
    }
}

static void paths_there(void **state UNUSED)
{
    static const struct {
        const char *path, *windows, *refusal;
    } rows[] = {
        {"c", "C:\\", NULL},
        {"c/Users/Zoë/wsl", "C:\\Users\\Zoë\\wsl", NULL},
        {"c/Users/../Users", "C:\\Users", NULL},
        {"out", NULL, "does not lie on drive C:"},
        {"c/link", NULL, "does not lie on drive C:"},
        {"cc", NULL, "does not lie on drive C:"},
        {"c/a\\b", NULL, "takes no file name"},
        {"c/a.", NULL, "takes no file name"},
        {"c/a /b", NULL, "takes no file name"},
        {"c/a\tb", NULL, "takes no file name"},
        {"c/\xff", NULL, "not UTF-8"},
    };
    AUTO_FREE char *root = NULL;
    struct error err;
    assert_ok(windows_root_open(&root, "c", &err));
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_FREE char *windows = NULL;
        if (rows[i].refusal) {
            assert_fails(windows_path_of(&windows, root, rows[i].path, &err), ERROR_UNSUPPORTED,
                         rows[i].refusal);
            continue;
        }
        assert_ok(windows_path_of(&windows, root, rows[i].path, &err));
        assert_string_equal(windows, rows[i].windows);
    }
    assert_fails(windows_root_open(&root, "out", &err), ERROR_WRONG_KIND, "System32");
}

/* ---- .reg files ---- */

static void reg_read(void **state UNUSED)
{
    static const char text[] = "Windows Registry Editor Version 5.00\n\n"
                               "[HKEY_CURRENT_USER\\a]\n"
                               "\"s\\\\\\\"\"=\"C:\\\\x \\\"y\\\"\"\n"
                               "\"n\"=dword:0000000f\n"
                               "\"e\"=hex(2):25,00,\\\n  41,00,00,00\n"
                               "\"b\"=hex:01,\\\n  02\n"
                               "\"l\"=hex(7):41,\\\n  00,00\n"
                               "@=\"d\"\n";
    static const struct {
        enum reg_kind kind;
        const char *name, *text;
        uint32_t number;
    } rows[] = {
        {REG_KEY, NULL, "HKEY_CURRENT_USER\\a", 0},
        {REG_TEXT, "s\\\"", "C:\\x \"y\"", 0},
        {REG_DWORD, "n", NULL, 15},
        {REG_TEXT, "e", "%A", 0},
        {REG_OTHER, "b", NULL, 0},
        {REG_LIST, "l", NULL, 0},
        {REG_TEXT, NULL, "d", 0},
        {REG_END, NULL, NULL, 0},
    };
    const char *at = text;
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_REG_ITEM struct reg_item item = {0};
        assert_ok(reg_next(&item, &at, &err));
        assert_int_equal(item.kind, rows[i].kind);
        assert_int_equal(item.number, rows[i].number);
        assert_int_equal(item.n, item.kind == REG_LIST ? 3 : 0); /* as it is, and be it half */
        assert_memory_equal(item.bytes, "A\0", item.n);
        assert_string_equal(item.name ? item.name : "-", rows[i].name ? rows[i].name : "-");
        assert_string_equal(item.text ? item.text : "-", rows[i].text ? rows[i].text : "-");
    }
}

static void reg_refused(void **state UNUSED)
{
    static const char *const texts[] = {"x",      "[key",          "\"name",          "\"name\"",
                                        "\"n\"x", "\"n\"=\"open ", "\"e\"=hex(1):zz", "[]x"};
    struct error err;
    for (size_t i = 0; i < array_length(texts); i++) {
        AUTO_REG_ITEM struct reg_item item = {0};
        const char *at = texts[i];
        assert_fails(reg_next(&item, &at, &err), ERROR_DAMAGED, "");
    }
}

static void reg_written(void **state UNUSED)
{
    AUTO_REG_TEXT struct reg_text text = {0};
    struct error err;
    assert_ok(reg_begin(&text, &err));
    assert_ok(reg_put_key(&text, "K", &err));
    assert_ok(reg_put_text(&text, "p", "C:\\a \"b\"", &err));
    assert_ok(reg_put_dword(&text, "n", 10, &err));
    assert_ok(reg_put_removal(&text, "r", &err));
    assert_string_equal(text.text,
                        "\xef\xbb\xbfWindows Registry Editor Version 5.00\r\n\r\n[K]\r\n"
                        "\"p\"=\"C:\\\\a \\\"b\\\"\"\r\n\"n\"=dword:0000000a\r\n\"r\"=-\r\n");
    assert_fails(reg_put_text(&text, "p", "a\nb", &err), ERROR_UNSUPPORTED, "control character");
}

/* As regedit folds it. */
static void reg_list_written(void **state UNUSED)
{
    CLEANUP(texts_free) struct texts texts = {0};
    AUTO_REG_TEXT struct reg_text text = {0}, none = {0};
    struct error err;
    assert_ok(texts_add(&texts, "A=12345678901", &err));
    assert_ok(texts_add(&texts, "B=1234567890123", &err));
    assert_ok(reg_put_list(&text, "Name", &texts, &err));
    assert_string_equal(
        text.text,
        "\"Name\"=hex(7):41,00,3d,00,31,00,32,00,33,00,34,00,35,00,36,00,37,00,38,00,39,\\\r\n"
        "  00,30,00,31,00,00,00,42,00,3d,00,31,00,32,00,33,00,34,00,35,00,36,00,37,00,\\\r\n"
        "  38,00,39,00,30,00,31,00,32,00,33,00,00,00,00,00\r\n");
    texts_free(&texts);
    assert_ok(reg_put_list(&none, "Name", &texts, &err));
    assert_string_equal(none.text, "\"Name\"=hex(7):00,00\r\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf16_there_and_back),
        cmocka_unit_test(utf16_refused),
        cmocka_unit_test(utf16_lists),
        cmocka_unit_test(utf16_lists_refused),
        cmocka_unit_test_setup_teardown(paths_here, windows_enter, scratch_leave),
        cmocka_unit_test_setup_teardown(paths_there, windows_enter, scratch_leave),
        cmocka_unit_test(reg_read),
        cmocka_unit_test(reg_refused),
        cmocka_unit_test(reg_written),
        cmocka_unit_test(reg_list_written),
    };
    return cmocka_run_group_tests_name("runtime_text", tests, NULL, NULL);
}
