/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The driver of hives, over a hive with one distribution: what changes in memory changes there, as
 * often as it is committed, and nothing else. */
#include "install/registry.h"
#include "install/text.h"
#include "tests/unit/support.h"

#define FIXTURE "tests/fuzz/corpus/hive/one" /* "z", at C:\wsl\z */

enum {
    HIVE_BYTES = 1 << 20,
};

static const struct registry_place place = {
    .runtime = "hive",
    .hive = "c/NTUSER.DAT",
    .windows_root = "c",
};

static int enter(void **state)
{
    char *bytes AUTO_FREE = NULL;
    size_t n;
    if (text_read_file(&bytes, &n, FIXTURE, HIVE_BYTES, NULL) < 0 || scratch_enter(state) < 0)
        return -1;
    return mkdir("c", 0700) | mkdir("c/Windows", 0700) | mkdir("c/Windows/System32", 0700) |
           mkdir("c/wsl", 0700) | text_write_new("c/NTUSER.DAT", bytes, n, NULL);
}

/* The tests run in the repository, and each in a directory of its own. */
static int leave(void **state)
{
    char *home = getenv("HIVE_TEST_HOME");
    return scratch_leave(state) | (home ? chdir(home) : -1);
}

static struct registry *open_hive(enum registry_access access)
{
    struct registry *registry = NULL;
    struct error err = {0};
    if (registry_open_at(&registry, &place, access, &err) < 0)
        fail_msg("%s", err.text);
    return registry;
}

static void values_come_and_go(void **state UNUSED)
{
    struct error err;
    AUTO_REGISTRY struct registry *registry = open_hive(REGISTRY_WRITE);
    struct registration *z = registry_find(registry, "Z");
    assert_non_null(z);
    assert_ok(text_set(&z->leftover, "/former/ext4.vhdx", &err));
    assert_ok(text_set(&z->distribution_name, "zz", &err));
    z->default_uid = 1000;
    z->default_environment.given = true;
    assert_ok(texts_add(&z->default_environment.texts, "A=\u2603", &err));
    assert_ok(texts_add(&z->default_environment.texts, "B=", &err));
    assert_ok(registry_commit(registry, &err));
    AUTO_REGISTRY struct registry *between = open_hive(REGISTRY_READ);
    const struct registration *zz = registry_find(between, "zz");
    assert_non_null(zz);
    assert_string_equal(zz->leftover, "/former/ext4.vhdx");
    assert_int_equal(zz->default_uid, 1000);
    assert_int_equal(zz->default_environment.texts.n, 2);
    assert_string_equal(zz->default_environment.texts.items[0], "A=\u2603");

    texts_free(&z->default_environment.texts);
    assert_ok(registry_commit(registry, &err));
    AUTO_REGISTRY struct registry *emptied = open_hive(REGISTRY_READ);
    assert_true(registry_find(emptied, "zz")->default_environment.given);
    assert_int_equal(registry_find(emptied, "zz")->default_environment.texts.n, 0);

    z->default_environment.given = false;
    free(steal(&z->leftover));
    registry->default_guid = (struct guid){0};
    assert_ok(registry_commit(registry, &err));
    AUTO_REGISTRY struct registry *after = open_hive(REGISTRY_READ);
    assert_null(registry_find(after, "zz")->leftover);
    assert_false(registry_find(after, "zz")->default_environment.given);
    assert_int_equal(registry_find(after, "zz")->default_uid, 1000);
    assert_null(registry_default(after));
}

static void nothing_changes_nothing(void **state UNUSED)
{
    struct error err;
    char *before AUTO_FREE = NULL, *after AUTO_FREE = NULL;
    size_t n, m;
    assert_ok(text_read_file(&before, &n, place.hive, HIVE_BYTES, &err));
    AUTO_REGISTRY struct registry *registry = open_hive(REGISTRY_WRITE);
    assert_ok(registry_commit(registry, &err));
    assert_ok(text_read_file(&after, &m, place.hive, HIVE_BYTES, &err));
    assert_int_equal(n, m);
    assert_memory_equal(before + 4096, after + 4096, n - 4096); /* all but the base block */
}

static void changed_by_others(void **state UNUSED)
{
    struct error err;
    char *bytes AUTO_FREE = NULL;
    size_t n;
    AUTO_REGISTRY struct registry *registry = open_hive(REGISTRY_WRITE);
    assert_ok(text_read_file(&bytes, &n, place.hive, HIVE_BYTES, &err));
    int fd AUTO_FD = open(place.hive, O_WRONLY | O_CLOEXEC);
    bytes[n - 1] ^= 1;
    assert_int_equal(pwrite(fd, bytes, n, 0), n);
    registry_remove(registry, registry_find(registry, "z"));
    assert_fails(registry_commit(registry, &err), ERROR_BUSY, "changed by another process");
}

static void places(void **state UNUSED)
{
    struct error err;
    AUTO_REGISTRY struct registry *registry = open_hive(REGISTRY_READ);
    char *home AUTO_FREE = NULL;
    assert_ok(registry_home(registry, "new", &home, &err));
    assert_non_null(strstr(home, "/c/AppData/Local/wsl/new"));
    assert_ok(registry_check_place(registry, "c/any", &err));
    assert_fails(registry_check_place(registry, "/tmp", &err), ERROR_UNSUPPORTED, "drive C:");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_come_and_go, enter, leave),
        cmocka_unit_test_setup_teardown(nothing_changes_nothing, enter, leave),
        cmocka_unit_test_setup_teardown(changed_by_others, enter, leave),
        cmocka_unit_test_setup_teardown(places, enter, leave),
    };
    char *home AUTO_FREE = getcwd(NULL, 0);
    if (!home || setenv("HIVE_TEST_HOME", home, 1) < 0)
        return 1;
    return cmocka_run_group_tests_name("registry_hive", tests, NULL, NULL);
}
