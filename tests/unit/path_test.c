/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of archive members: what they become, and which are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/attributes.h"
#include "image/entry.h"
#include "image/path.h"

static void names_become_clean(void **state)
{
    static const struct {
        const char *from, *to;
    } cases[] = {
        {"", ""},
        {".", ""},
        {"./", ""},
        {"a", "a"},
        {"./a", "a"},
        {"a/", "a"},
        {"a//b", "a/b"},
        {"./a/./b//./c/", "a/b/c"},
        {"..a/b..", "..a/b.."},
        {"...", "..."},
        {".hidden", ".hidden"},
        {"a\\b", "a\\b"},
        {"/", ""},
        {"/a", "a"},
        {"//a//b/", "a/b"},
        {"a/..", ""},
        {"a/../b", "b"},
        {"a/b/../../c/./d/..", "c"},
    };
    (void)state;
    for (size_t i = 0; i < array_length(cases); i++) {
        char path[64];
        strcpy(path, cases[i].from);
        assert_int_equal(path_clean(path, NULL), 0);
        assert_string_equal(path, cases[i].to);
    }
}

static void names_that_lead_out_are_refused(void **state)
{
    static const char *const cases[] = {"..", "../a", "a/../..", "./..", "/..", "a/b/../../../c"};
    (void)state;
    for (size_t i = 0; i < array_length(cases); i++) {
        struct error err = {0};
        char path[64];
        strcpy(path, cases[i]);
        assert_int_equal(path_clean(path, &err), -1);
        assert_int_equal(err.code, ERROR_DAMAGED);
        assert_string_equal(path, cases[i]);
    }
}

static void lengths_have_a_limit(void **state)
{
    struct error err = {0};
    char path[NAME_BYTES_MAX + 16];
    (void)state;

    memset(path, 'n', sizeof(path));
    path[NAME_BYTES_MAX] = '\0';
    assert_int_equal(path_clean(path, &err), 0);
    path[NAME_BYTES_MAX] = 'n';
    path[NAME_BYTES_MAX + 1] = '\0';
    assert_int_equal(path_clean(path, &err), -1);
    assert_int_equal(err.code, ERROR_LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_become_clean),
        cmocka_unit_test(names_that_lead_out_are_refused),
        cmocka_unit_test(lengths_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
