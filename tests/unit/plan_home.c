/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/plan_home.h"

#include <dirent.h>

#include "core/guid.h"
#include "core/paths.h"
#include "tests/unit/support.h"

static size_t entries(const char *path)
{
    size_t n = 0;
    DIR *directory = opendir(path);
    assert_non_null(directory);
    for (const struct dirent *entry; (entry = readdir(directory));) {
        AUTO_FREE char *below = NULL;
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        assert_int_equal(paths_join(&below, path, entry->d_name, NULL), 0);
        n += 1 + (entry->d_type == DT_DIR ? entries(below) : 0);
    }
    closedir(directory);
    return n;
}

int plan_home_enter(void **state)
{
    struct plan_home *home = calloc(1, sizeof(*home));
    void *top = NULL;
    assert_non_null(home);
    assert_int_equal(scratch_enter(&top), 0);
    home->top = top;
    setenv("XDG_DATA_HOME", home->top, 1);

    struct registration entry;
    assert_int_equal(registry_open(&home->registry, NULL, REGISTRY_READ, NULL), 0);
    assert_int_equal(registration_init(&entry, NULL), 0);
    assert_int_equal(guid_random(&entry.guid, NULL), 0);
    entry.distribution_name = strdup("taken");
    assert_int_equal(paths_join(&entry.base_path, home->top, "taken", NULL), 0);
    assert_int_equal(registry_add(home->registry, &entry, NULL), 0);
    *state = home;
    return 0;
}

void plan_home_made(struct plan_home *home)
{
    home->n_entries = entries(home->top);
}

int plan_home_leave(void **state)
{
    struct plan_home *home = *state;
    void *top = home->top;
    size_t n = entries(home->top);
    if (n != home->n_entries)
        print_error("there are %zu entries, and %zu were made\n", n, home->n_entries);
    int rc = n == home->n_entries ? scratch_leave(&top) : -1;
    registry_close(home->registry);
    free(home);
    return rc;
}
