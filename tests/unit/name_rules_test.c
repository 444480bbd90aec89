/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names of distributions: what the runtime takes, and what follows from a file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "install/name.h"

static void check(void **state UNUSED)
{
    static const struct {
        const char *name;
        const char *reason; /* NULL: fine */
    } rows[] = {
        {"a", NULL},
        {"Ubuntu-24.04", NULL},
        {"_.-", NULL},
        {"...", NULL},
        {"-", NULL},
        {"Legacy2", NULL},
        {"", "cannot be empty"},
        {".", "means another"},
        {"..", "means another"},
        {"Legacy", "first generation"},
        {"lEGACY", "first generation"},
        {"my lab", "its character 3"},
        {"a/b", "its character 2"},
        {"\xc3\xbc", "its character 1"},
        {"a\n", "its character 2"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct error err = {0};
        int rc = name_check(rows[i].name, &err);
        assert_int_equal(rc, rows[i].reason ? -1 : 0);
        if (rows[i].reason) {
            assert_int_equal(err.code, ERROR_NAME_ILLEGAL);
            assert_non_null(strstr(err.text, rows[i].reason));
        }
    }
}

static void length(void **state UNUSED)
{
    char name[DISTRIBUTION_NAME_MAX + 2];
    memset(name, 'x', sizeof(name));
    name[DISTRIBUTION_NAME_MAX] = '\0';
    assert_int_equal(name_check(name, NULL), 0);
    name[DISTRIBUTION_NAME_MAX] = 'x';
    name[DISTRIBUTION_NAME_MAX + 1] = '\0';
    struct error err = {0};
    assert_int_equal(name_check(name, &err), -1);
    assert_int_equal(err.code, ERROR_NAME_ILLEGAL);
    assert_non_null(strstr(err.text, "257"));
}

static void from_path(void **state UNUSED)
{
    static const struct {
        const char *path;
        const char *name; /* NULL: none follows */
    } rows[] = {
        {"debian.tar", "debian"},
        {"/a/b/debian-12.tar.gz", "debian-12"},
        {"x.TAR.XZ", "x"},
        {"https://a.example/b/Fedora-WSL-Base-44-1.7.x86_64.wsl", "Fedora-WSL-Base-44-1.7.x86_64"},
        {"root.tgz", "root"},
        {"root.img", "root"},
        {"root.raw.vhdx", "root.raw"},
        {"root.qcow2", "root.qcow2"},
        {"root", "root"},
        {".tar", ".tar"},
        {"a.tar.gz.tar", "a.tar.gz"},
        {"my root.tar", NULL},
        {"dir/", NULL},
        {"..", NULL},
        {"legacy.wsl", NULL},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_FREE char *name = NULL;
        struct error err = {0};
        int rc = name_from_path(&name, rows[i].path, &err);
        assert_int_equal(rc, rows[i].name ? 0 : -1);
        if (rows[i].name) {
            assert_string_equal(name, rows[i].name);
        } else {
            assert_int_equal(err.code, ERROR_NAME_ILLEGAL);
            assert_non_null(strstr(err.text, "--name"));
        }
    }
}

static void close_ones(void **state UNUSED)
{
    static const struct {
        const char *a, *b;
        bool close;
    } rows[] = {
        {"ubunt", "ubuntu", true}, {"UBUNTU", "ubuntu", true},  {"debain", "debian", true},
        {"fed", "fedora", true},   {"arch", "archlinux", true}, {"zorin", "ubuntu", false},
        {"kali", "alma", false},   {"ab", "cd", false},         {"", "debian", false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        assert_int_equal(name_close(rows[i].a, rows[i].b), rows[i].close);
        assert_int_equal(name_close(rows[i].b, rows[i].a), rows[i].close);
    }
    assert_true(name_equal("Debian", "dEBIAN"));
    assert_false(name_equal("Debian", "Debian2"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(check),
        cmocka_unit_test(length),
        cmocka_unit_test(from_path),
        cmocka_unit_test(close_ones),
    };
    return cmocka_run_group_tests_name("name_rules", tests, NULL, NULL);
}
