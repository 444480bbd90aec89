/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree says about itself as it goes by. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/attributes.h"
#include "image/distribution.h"
#include "tests/unit/list_source.h"

static int watch(const struct list_member *members, size_t n, struct distribution *found,
                 struct error *err)
{
    struct list_source list = list_source(members, n);
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    struct content content;
    int rc;
    assert_int_equal(source_distribution(&source, &list.source, found, err), 0);
    while ((rc = source_next(source, &entry, err)) > 0) {
        while (source_content(source, &content, err) > 0)
            ;
    }
    return rc;
}

static void os_release_is_read_as_the_runtime_does(void **state)
{
    static const struct {
        const char *text, *flavor, *version;
    } cases[] = {
        {"ID=debian\nVERSION_ID=\"12\"\n", "debian", "12"},
        {"NAME=x\nID=\"opensuse-leap\"\nVERSION_ID=15.6", "opensuse-leap", "15.6"},
        {"ID=first\nID=second\n", "first", ""},
        {" ID=indented\nMY_ID=other\n", "", ""},
        {"ID='single'\nVERSION_ID=a b\n", "", ""},
        {"ID=\nVERSION_ID=\"\"\n", "", ""},
        {"", "", ""},
    };
    (void)state;
    for (size_t i = 0; i < array_length(cases); i++) {
        struct list_member members[] = {LIST_FILE(cases[i].text, .path = "etc/os-release")};
        struct distribution found;
        assert_int_equal(watch(members, 1, &found, NULL), 0);
        assert_string_equal(found.flavor, cases[i].flavor);
        assert_string_equal(found.os_version, cases[i].version);
    }
}

static void a_distribution_has_etc_or_a_shell(void **state)
{
    static const struct {
        const char *path;
        enum entry_type type;
        bool is;
    } cases[] = {
        {"etc", ENTRY_DIRECTORY, true},       {"etc/passwd", ENTRY_FILE, true},
        {"bin/sh", ENTRY_FILE, true},         {"usr/bin/sh", ENTRY_FILE, false},
        {"etcetera", ENTRY_FILE, false},      {"root/etc", ENTRY_DIRECTORY, false},
        {"bin/sh.static", ENTRY_FILE, false},
    };
    (void)state;
    for (size_t i = 0; i < array_length(cases); i++) {
        struct error err = {0};
        struct distribution found;
        struct list_member member = LIST_ENTRY(.path = cases[i].path, .type = cases[i].type);
        int rc = watch(&member, 1, &found, &err);
        assert_int_equal(rc, cases[i].is ? 0 : -1);
        assert_int_equal(err.code, cases[i].is ? ERROR_NONE : ERROR_NOT_A_DISTRIBUTION);
    }
}

static void etc_counts_before_usr(void **state)
{
    static const struct list_member members[] = {
        LIST_FILE("ID=etc\n", .path = "etc/os-release"),
        LIST_FILE("ID=usr\nVERSION_ID=1\n", .path = "usr/lib/os-release"),
        LIST_FILE("ID=share\n", .path = "usr/share/os-release"),
    };
    struct distribution found;
    (void)state;
    assert_int_equal(watch(members, array_length(members), &found, NULL), 0);
    assert_string_equal(found.flavor, "etc");
    assert_string_equal(found.os_version, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(os_release_is_read_as_the_runtime_does),
        cmocka_unit_test(a_distribution_has_etc_or_a_shell),
        cmocka_unit_test(etc_counts_before_usr),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
