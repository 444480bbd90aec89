/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which file of a list is the newest of a pattern. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "install/pattern.h"

static void last_part(void **state UNUSED)
{
    static const struct {
        const char *url, *pattern;
    } rows[] = {
        {"https://a/b/c-*.tar", "c-*.tar"}, {"c-*", "c-*"},           {"https://a/b/c.tar", NULL},
        {"https://a/*/c.tar", NULL},        {"https://a/*/c*", NULL}, {"https://a/c**", NULL},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        const char *found = pattern_of(rows[i].url);
        if (!rows[i].pattern)
            assert_null(found);
        else
            assert_string_equal(found, rows[i].pattern);
    }
}

static void matches(void **state UNUSED)
{
    static const struct {
        const char *pattern, *name;
        bool matches;
    } rows[] = {
        {"a-*.tar", "a-1.2.tar", true},   {"a-*.tar", "a-20260101T0000Z.tar", true},
        {"a-*.tar", "a-.tar", true},      {"a*-b.tar", "a-b.tar", true},
        {"a-*.tar", "a-1-2.tar", false},  {"a-*.tar", "a-1_2.tar", false},
        {"a-*.tar", "a-1.tar.gz", false}, {"a-*.tar", "b-1.tar", false},
        {"a-*-a", "a-a", false},          {"a-*.tar", "a-\xc3\xa9.tar", false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        if (pattern_matches(rows[i].pattern, rows[i].name) != rows[i].matches)
            fail_msg("%s and %s", rows[i].pattern, rows[i].name);
    }
}

/* A list of these names, each with a digest of its own. */
static struct sums *list_of(const char *const *names, size_t n)
{
    char text[2048] = "";
    struct sums *sums;
    for (size_t i = 0; i < n; i++)
        sprintf(text + strlen(text), "%064zx  %s\n", i + 1, names[i]);
    assert_int_equal(sums_parse(&sums, text, strlen(text), "list", NULL), 0);
    return sums;
}

static void newest(void **state UNUSED)
{
    static const char *const names[] = {"r-1.9.tar", "dir/r-1.10.tar", "r-1.2.tar", "r-2-x.tar",
                                        "q-1.tar",   "r-1.tar",        "q.tar"};
    static const struct {
        const char *pattern, *name;
    } rows[] = {{"r-*.tar", "dir/r-1.10.tar"},
                {"q*.tar", "q.tar"},
                {"q-*.tar", "q-1.tar"},
                {"r-1.2*.tar", "r-1.2.tar"},
                {"s-*.tar", NULL}};
    AUTO_SUMS struct sums *sums = list_of(names, array_length(names));
    for (size_t i = 0; i < array_length(rows); i++) {
        const struct sums_entry *entry;
        struct error err = {0};
        int rc = pattern_newest(sums, rows[i].pattern, &entry, &err);
        if (rows[i].name) {
            assert_int_equal(rc, 0);
            assert_string_equal(entry->name, rows[i].name);
        } else {
            assert_int_equal(rc, -1);
            assert_int_equal(err.code, ERROR_VERIFY);
            assert_non_null(strstr(err.text, "list has no file like s-*.tar"));
        }
    }
}

static void one_name_in_two_directories(void **state UNUSED)
{
    static const char *const names[] = {"a/r-2.tar", "b/r-2.tar", "r-1.tar"};
    AUTO_SUMS struct sums *sums = list_of(names, array_length(names));
    const struct sums_entry *entry;
    struct error err = {0};
    assert_int_equal(pattern_newest(sums, "r-*.tar", &entry, &err), -1);
    assert_int_equal(err.code, ERROR_VERIFY);
}

static void put(void **state UNUSED)
{
    AUTO_FREE char *url = NULL;
    assert_int_equal(pattern_put(&url, "https://a/b/c-*.tar", "c-1.tar", NULL), 0);
    assert_string_equal(url, "https://a/b/c-1.tar");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(last_part), cmocka_unit_test(matches),
        cmocka_unit_test(newest),    cmocka_unit_test(one_name_in_two_directories),
        cmocka_unit_test(put),
    };
    return cmocka_run_group_tests_name("manifest_pattern", tests, NULL, NULL);
}
