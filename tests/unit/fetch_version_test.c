/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which bytes may be put behind which. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/fetch_version.h"

#define DIGITS  "0123456789"
#define MONDAY  "Mon, 23 Nov 2026 10:00:00 GMT"
#define TUESDAY "Tue, 24 Nov 2026 10:00:00 GMT"

static void headers(void **state UNUSED)
{
    char long_tag[FETCH_TAG_BYTES + 2];
    memset(long_tag, 'x', sizeof(long_tag));
    long_tag[0] = '"';
    long_tag[sizeof(long_tag) - 1] = '\0';
    const struct {
        const char *tag, *modified, *date;
        const char *kept_tag, *kept_modified;
    } rows[] = {
        {NULL, NULL, NULL, "", ""},
        {"\"a\"", NULL, NULL, "\"a\"", ""},
        {"W/\"a\"", NULL, NULL, "", ""},
        {"a", NULL, NULL, "", ""},
        {"\"a\x01\"", NULL, NULL, "", ""},
        {"\"\xc3\xa4\"", NULL, NULL, "", ""},
        {long_tag, NULL, NULL, "", ""},
        {NULL, MONDAY, TUESDAY, "", MONDAY},
        {NULL, MONDAY, MONDAY, "", ""},
        {NULL, TUESDAY, MONDAY, "", ""},
        {NULL, MONDAY, NULL, "", ""},
        {NULL, "yesterday", TUESDAY, "", ""},
        {"W/\"a\"", MONDAY, TUESDAY, "", MONDAY},
        {"\"a\"", MONDAY, TUESDAY, "\"a\"", MONDAY},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct fetch_version version = {.tag = "\"old\"", .modified = "old"};
        fetch_version_set(&version, rows[i].tag, rows[i].modified, rows[i].date);
        assert_string_equal(version.tag, rows[i].kept_tag);
        assert_string_equal(version.modified, rows[i].kept_modified);
    }
}

static void conditions(void **state UNUSED)
{
    static const struct {
        struct fetch_version version;
        const char *url;
        const char *condition;
    } rows[] = {
        {{.url = "u"}, "u", NULL},
        {{.url = "u", .tag = "\"a\""}, "u", "\"a\""},
        {{.url = "u", .tag = "\"a\""}, "v", NULL},
        {{.url = "u", .tag = "\"a\"", .modified = MONDAY}, "u", "\"a\""},
        {{.url = "u", .tag = "\"a\"", .modified = MONDAY}, "v", MONDAY},
        {{.url = "u", .modified = MONDAY}, "v", MONDAY},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        const char *got = fetch_version_condition(&rows[i].version, rows[i].url);
        if (rows[i].condition)
            assert_string_equal(got, rows[i].condition);
        else
            assert_null(got);
    }
}

static void answers(void **state UNUSED)
{
    static const struct fetch_version by_tag = {.tag = "\"a\"", .modified = MONDAY, .total = 9};
    static const struct fetch_version by_date = {.modified = MONDAY, .total = 9};
    static const struct {
        struct fetch_version answer;
        bool tag, date; /* holds where the one or the other was asked for */
    } rows[] = {
        {{.tag = "\"a\"", .modified = MONDAY, .total = 9}, true, true},
        {{.tag = "\"a\"", .total = 9}, true, true},
        {{.tag = "\"a\""}, true, true},
        {{.tag = "\"b\"", .total = 9}, false, true},
        {{.total = 9}, false, true},
        {{.tag = "\"a\"", .total = 8}, false, false},
        {{.tag = "\"a\"", .modified = TUESDAY, .total = 9}, true, false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        assert_int_equal(fetch_version_holds(&by_tag, by_tag.tag, &rows[i].answer), rows[i].tag);
        assert_int_equal(fetch_version_holds(&by_date, by_date.modified, &rows[i].answer),
                         rows[i].date);
    }
}

/* ---- on disk ---- */

static int set_up(void **state)
{
    const char *temporary = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/version.XXXXXX", temporary ? temporary : "/tmp") < 0)
        return -1;
    *state = path;
    int fd = mkstemp(path);
    return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
    unlink(*state);
    free(*state);
    return 0;
}

static void kept(void **state)
{
    const char *path = *state;
    static const struct fetch_version version = {
        .url = "u", .tag = "\"a\\b\"", .modified = MONDAY, .total = UINT64_C(1) << 40};
    for (int any_boot = 0; any_boot < 2; any_boot++) {
        struct fetch_version read;
        assert_int_equal(fetch_version_save(&version, path, NULL), 0);
        assert_true(fetch_version_load(&read, path, any_boot));
        assert_string_equal(read.url, version.url);
        assert_string_equal(read.tag, version.tag);
        assert_string_equal(read.modified, version.modified);
        assert_int_equal(read.total, version.total);
    }
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void of_another_boot(void **state)
{
    const char *path = *state;
    struct fetch_version read;
    write_text(path, "{\"version\":1,\"url\":\"u\",\"tag\":\"\",\"modified\":\"\",\"total\":1,"
                     "\"boot\":\"another\"}");
    assert_true(fetch_version_load(&read, path, true));
    assert_false(fetch_version_load(&read, path, false));
}

static void of_no_use(void **state)
{
    const char *path = *state;
    static const char *const texts[] = {
        "",
        "{}",
        "no JSON",
        "{\"version\":1,\"url\":\"u\",\"tag\":\"\",\"modified\":\"\",\"total\":-1,\"boot\":\"b\"}",
        "{\"version\":2,\"url\":\"u\",\"tag\":\"\",\"modified\":\"\",\"total\":1,\"boot\":\"b\"}",
        "{\"version\":1,\"url\":7,\"tag\":\"\",\"modified\":\"\",\"total\":1,\"boot\":\"b\"}",
        "{\"version\":1,\"tag\":\"\",\"modified\":\"\",\"total\":1,\"boot\":\"b\"}",
        "{\"version\":1,\"url\":\"" DIGITS DIGITS DIGITS DIGITS DIGITS DIGITS DIGITS
        "\",\"tag\":\"\",\"modified\":\"\",\"total\":1,\"boot\":\"b\"}",
    };
    struct fetch_version read;
    for (size_t i = 0; i < array_length(texts); i++) {
        write_text(path, texts[i]);
        assert_false(fetch_version_load(&read, path, true));
    }
    assert_int_equal(unlink(path), 0);
    assert_false(fetch_version_load(&read, path, true));
}

int main(void)
{
#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers), cmocka_unit_test(conditions),
        cmocka_unit_test(answers), TEST(kept),
        TEST(of_another_boot),     TEST(of_no_use),
    };
    return cmocka_run_group_tests_name("fetch_version", tests, NULL, NULL);
}
