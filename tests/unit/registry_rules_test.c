/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every registry keeps to: unique names and places, and a default where there is one to have.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/paths.h"
#include "install/registry.h"

/* A driver that keeps nothing. */
static int null_open(struct registry *self UNUSED, struct error *err UNUSED)
{
    return 0;
}
static void null_close(struct registry *self UNUSED)
{
}
static const struct registry_driver null_driver = {
    .name = "null",
    .open = null_open,
    .commit = null_open,
    .close = null_close,
};

static struct registry *registry_new(void)
{
    struct registry *registry = calloc(1, sizeof(*registry));
    assert_non_null(registry);
    registry->driver = &null_driver;
    registry->path = strdup("the registry");
    return registry;
}

static int add(struct registry *registry, const char *name, const char *path, struct error *err)
{
    struct registration entry;
    assert_int_equal(registration_init(&entry, NULL), 0);
    assert_int_equal(guid_random(&entry.guid, NULL), 0);
    entry.distribution_name = strdup(name);
    entry.base_path = strdup(path);
    entry.state = STATE_INSTALLED;
    int rc = registry_add(registry, &entry, err);
    assert_null(entry.distribution_name); /* taken over in any case */
    return rc;
}

static const char *default_name(const struct registry *registry)
{
    const struct registration *entry = registry_default(registry);
    return entry ? entry->distribution_name : "";
}

static void names_are_unique(void **state UNUSED)
{
    AUTO_REGISTRY struct registry *registry = registry_new();
    struct error err = {0};
    assert_int_equal(add(registry, "Debian", "/nowhere/a", NULL), 0);
    assert_int_equal(add(registry, "debian", "/nowhere/b", &err), -1);
    assert_int_equal(err.code, ERROR_EXISTS);
    assert_int_equal(add(registry, "de bian", "/nowhere/b", NULL), -1);
    assert_int_equal(add(registry, "debian2", "relative", NULL), -1);
    assert_int_equal(add(registry, "debian2", "/nowhere/b", NULL), 0);
    assert_int_equal(registry->n, 2);
    assert_ptr_equal(registry_find(registry, "DEBIAN"), &registry->entries[0]);
    assert_null(registry_find(registry, "Debia"));
}

static void places_are_unique(void **state UNUSED)
{
    char top[] = "/tmp/registry.XXXXXX";
    assert_non_null(mkdtemp(top));
    AUTO_FREE char *real = NULL, *link = NULL, *inside = NULL, *around = NULL, *dots = NULL;
    assert_int_equal(paths_join(&real, top, "real", NULL), 0);
    assert_int_equal(paths_join(&link, top, "link", NULL), 0);
    assert_int_equal(paths_join(&inside, real, "x", NULL), 0);
    assert_int_equal(paths_join(&around, link, "x", NULL), 0);
    assert_int_equal(paths_join(&dots, real, "../link//./x/", NULL), 0);
    assert_int_equal(paths_make(real, 0700, NULL), 0);
    assert_int_equal(symlink("real", link), 0);

    AUTO_REGISTRY struct registry *registry = registry_new();
    assert_int_equal(add(registry, "a", inside, NULL), 0);
    const char *const same[] = {inside, around, dots};
    for (size_t i = 0; i < array_length(same); i++) {
        struct error err = {0};
        assert_int_equal(add(registry, "b", same[i], &err), -1);
        assert_int_equal(err.code, ERROR_EXISTS);
        assert_non_null(strstr(err.text, "another directory"));
        struct registration *owner;
        assert_int_equal(registry_find_place(registry, same[i], &owner, NULL), 0);
        assert_ptr_equal(owner, &registry->entries[0]);
    }
    struct registration *owner;
    assert_int_equal(registry_find_place(registry, real, &owner, NULL), 0);
    assert_null(owner);
    assert_int_equal(add(registry, "b", real, NULL), 0); /* the directory above is another */

    unlink(link);
    rmdir(real);
    rmdir(top);
}

static void the_default(void **state UNUSED)
{
    AUTO_REGISTRY struct registry *registry = registry_new();
    assert_string_equal(default_name(registry), "");
    assert_int_equal(guid_random(&registry->default_guid, NULL), 0); /* leads nowhere */
    assert_string_equal(default_name(registry), "");

    assert_int_equal(add(registry, "a", "/nowhere/a", NULL), 0);
    assert_int_equal(add(registry, "b", "/nowhere/b", NULL), 0);
    assert_int_equal(add(registry, "c", "/nowhere/c", NULL), 0);
    assert_int_equal(add(registry, "d", "/nowhere/d", NULL), 0);
    assert_string_equal(default_name(registry), "a");

    registry_remove(registry, registry_find(registry, "c")); /* not the default: nothing moves */
    assert_string_equal(default_name(registry), "a");
    registry_find(registry, "b")->state = STATE_INSTALLING; /* cannot inherit */
    registry_retire(registry, registry_find(registry, "a"));
    assert_int_equal(registry_find(registry, "a")->state, STATE_UNINSTALLING);
    assert_string_equal(default_name(registry), "d");
    registry_remove(registry, registry_find(registry, "a"));
    assert_string_equal(default_name(registry), "d");
    registry_remove(registry, registry_find(registry, "d"));
    assert_string_equal(default_name(registry), "");
    assert_int_equal(registry->n, 1);
    registry_remove(registry, registry_find(registry, "b"));
    assert_int_equal(registry->n, 0);
}

static void not_found_says_what_is_close(void **state UNUSED)
{
    AUTO_REGISTRY struct registry *registry = registry_new();
    struct registration *entry;
    struct error err = {0};
    assert_int_equal(add(registry, "debian", "/nowhere/a", NULL), 0);
    assert_int_equal(registry_get(registry, "Debian", &entry, NULL), 0);
    assert_int_equal(registry_get(registry, "debain", &entry, &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(err.text, "did you mean 'debian'"));
    assert_int_equal(registry_get(registry, "else", &entry, &err), -1);
    assert_null(strstr(err.text, "did you mean"));
}

static void reading_cannot_commit(void **state UNUSED)
{
    AUTO_REGISTRY struct registry *registry = registry_new();
    struct error err = {0};
    assert_int_equal(registry_commit(registry, &err), -1);
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_int_equal(registry_open(&registry, "hives", REGISTRY_READ, &err), -1);
    assert_int_equal(err.code, ERROR_USAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_unique),      cmocka_unit_test(places_are_unique),
        cmocka_unit_test(the_default),           cmocka_unit_test(not_found_says_what_is_close),
        cmocka_unit_test(reading_cannot_commit),
    };
    return cmocka_run_group_tests_name("registry_rules", tests, NULL, NULL);
}
