/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Path names, and directories where state lives. */
#include "core/paths.h"

#include <stdbool.h>

#include "tests/unit/support.h"

static void test_join(void **state UNUSED)
{
    static const char *const rows[][3] = {
        {"a", "b", "a/b"}, {"a/", "b", "a/b"}, {"/", "b", "/b"}, {"", "b", "b"}};
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        char *path AUTO_FREE = NULL;
        assert_ok(paths_join(&path, rows[i][0], rows[i][1], &err));
        assert_string_equal(path, rows[i][2]);
    }
}

static void test_split(void **state UNUSED)
{
    static const struct {
        const char *path, *parent, *base;
    } rows[] = {
        {"name", ".", "name"},   {"/name", "/", "name"}, {"a/b", "a", "b"},
        {"a//b", "a", "b"},      {"a/b/", "a", "b/"},    {"/", "/", "/"},
        {"//name", "/", "name"}, {"", ".", ""},          {"../x", "..", "x"},
    };
    struct error err;
    for (size_t i = 0; i < array_length(rows); i++) {
        char *parent AUTO_FREE = NULL;
        assert_ok(paths_parent(&parent, rows[i].path, &err));
        assert_string_equal(parent, rows[i].parent);
        assert_string_equal(paths_base(rows[i].path), rows[i].base);
    }
}

static void test_absolute(void **state UNUSED)
{
    static const char *const rows[][2] = {
        {"/a/./b//c/", "/a/b/c"}, {"/", "/"},           {"//", "/"}, {"/./.", "/"},
        {"/a/../b", "/a/../b"},   {"/.a/b.", "/.a/b."},
    };
    struct error err;
    char *here AUTO_FREE = getcwd(NULL, 0);
    char *expected AUTO_FREE = NULL, *path AUTO_FREE = NULL;
    for (size_t i = 0; i < array_length(rows); i++) {
        char *one AUTO_FREE = NULL;
        assert_ok(paths_absolute(&one, rows[i][0], &err));
        assert_string_equal(one, rows[i][1]);
    }
    assert_ok(paths_absolute(&path, "./x//y", &err));
    assert_ok(paths_join(&expected, here, "x/y", &err));
    assert_string_equal(path, expected);
}

static void test_state(void **state UNUSED)
{
    struct error err;
    bool root = geteuid() == 0;
    char *set AUTO_FREE = NULL, *ignored AUTO_FREE = NULL, *cache AUTO_FREE = NULL;
    setenv("HOME", "/home/someone", 1);
    setenv("XDG_DATA_HOME", "/data", 1);
    assert_ok(paths_data(&set, &err));
    assert_string_equal(set, "/data/lxkit");
    setenv("XDG_DATA_HOME", "data", 1);
    assert_ok(paths_data(&ignored, &err));
    assert_string_equal(ignored, root ? "/var/lib/lxkit" : "/home/someone/.local/share/lxkit");
    unsetenv("XDG_CACHE_HOME");
    assert_ok(paths_cache(&cache, &err));
    assert_string_equal(cache, root ? "/var/cache/lxkit" : "/home/someone/.cache/lxkit");
}

static void test_make(void **state UNUSED)
{
    struct error err;
    struct stat st;
    umask(022);
    assert_ok(paths_make("a/b//c/", 0777, &err));
    assert_ok(paths_make("a/b/c", 0777, &err));
    assert_ok(paths_make("p/q", 0700, &err));
    assert_int_equal(stat("a/b/c", &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0755);
    assert_int_equal(stat("p", &st), 0);
    assert_int_equal(st.st_mode, S_IFDIR | 0700);
    file_make("a/f", "", 0);
    assert_fails(paths_make("a/f", 0777, &err), ERROR_EXISTS, "a/f");
    assert_fails(paths_make("a/f/g", 0777, &err), ERROR_EXISTS, "a/f");
}

static void test_free_space(void **state UNUSED)
{
    struct error err;
    unsigned long long here = 0, missing = 0;
    assert_ok(paths_free_space(".", &here, &err));
    assert_ok(paths_free_space("not/yet/there", &missing, &err));
    assert_true(here > 0 && missing > 0);
    file_make("plain", "", 0);
    assert_fails(paths_free_space("plain/x", &here, &err), ERROR_NOT_FOUND, "plain/x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_join),     cmocka_unit_test(test_split),
        cmocka_unit_test(test_absolute), cmocka_unit_test(test_state),
        cmocka_unit_test(test_make),     cmocka_unit_test(test_free_space),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
