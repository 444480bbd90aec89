/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is removed to make room. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fetch/fetch_entries.h"

enum {
    ENTRIES = 5,
};

/* In the order in which they were used, then a part that was given up and one under way. */
static const struct fetch_entry made[ENTRIES] = {
    {.size = 10, .used = 100},
    {.size = 20, .used = 200, .busy = true},
    {.size = 30, .used = 300},
    {.size = 40, .used = 400, .part = true},
    {.size = 50, .used = 50, .part = true, .busy = true},
};

static void what_goes(void **state UNUSED)
{
    static const struct {
        struct fetch_prune prune;
        const char *gone; /* x: that one */
    } rows[] = {
        {{.used_before = 0, .max_bytes = UINT64_MAX}, "...x."},
        {{.used_before = 100, .max_bytes = UINT64_MAX}, "...x."},
        {{.used_before = 101, .max_bytes = UINT64_MAX}, "x..x."},
        {{.used_before = 1000, .max_bytes = UINT64_MAX}, "x.xx."},
        {{.used_before = 0, .max_bytes = 60}, "...x."},
        {{.used_before = 0, .max_bytes = 59}, "x..x."},
        {{.used_before = 0, .max_bytes = 50}, "x..x."},
        {{.used_before = 0, .max_bytes = 49}, "x.xx."},
        {{.used_before = 0, .max_bytes = 0}, "x.xx."},
        {{.used_before = 101, .max_bytes = 50}, "x..x."},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct fetch_entry list[ENTRIES];
        struct fetch_entries entries = {.list = list, .n = ENTRIES};
        memcpy(list, made, sizeof(made));
        fetch_entries_choose(&entries, &rows[i].prune);
        for (size_t k = 0; k < ENTRIES; k++)
            assert_int_equal(list[k].remove, rows[i].gone[k] == 'x');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_goes),
    };
    return cmocka_run_group_tests_name("fetch_entries", tests, NULL, NULL);
}
