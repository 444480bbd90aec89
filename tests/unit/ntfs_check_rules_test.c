/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The rules of NTFS volumes: each has an id of its own that the manual lists, and what a broken one
 * means follows from who asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_check_rules.h"

enum {
    MANUAL_BYTES_MAX = 1 << 20,
};

static const char *const ids[] = {
#define X(name, id, severity, refused) id,
    NTFS_RULES(X)
#undef X
};

static void test_manual(void **state UNUSED)
{
    AUTO_FREE char *manual = calloc(1, MANUAL_BYTES_MAX);
    FILE *file = fopen("image/lximage.1", "r");
    assert_non_null(file);
    assert_true(fread(manual, 1, MANUAL_BYTES_MAX - 1, file) > 0);
    fclose(file);
    for (size_t i = 0; i < array_length(ids); i++) {
        char listed[64];
        snprintf(listed, sizeof(listed), " %s", ids[i]);
        if (!strstr(strstr(manual, ".Sh FINDINGS"), listed))
            fail_msg("the manual does not list %s", ids[i]);
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(ids[i], ids[j]);
    }
}

static void test_report(void **state UNUSED)
{
    struct findings report AUTO_FINDINGS = {0};
    struct ntfs_judge judge = {.report = &report};
    struct error err = {0};

    for (unsigned i = 0; i < FINDINGS_KEPT + 3; i++)
        assert_int_equal(ntfs_judge(&judge, NTFS_RULE_INDEX_ORDER, &err, "entry %u", i), 0);
    assert_int_equal(ntfs_judge(&judge, NTFS_RULE_VOLUME_DIRTY, &err, "dirty"), 0);
    assert_int_equal(report.n, FINDINGS_KEPT + 1);
    assert_int_equal(report.n_dropped, 3);
    assert_string_equal(report.list[0].rule.id, "index-order");
    assert_string_equal(report.list[0].text, "entry 0");
    assert_int_equal(report.list[0].rule.severity, FINDING_ERROR);
    assert_int_equal(report.list[FINDINGS_KEPT].rule.severity, FINDING_WARNING);

    judge.silent = true;
    assert_int_equal(ntfs_judge(&judge, NTFS_RULE_LOG_DIRTY, &err, "again"), 0);
    assert_int_equal(report.n, FINDINGS_KEPT + 1);
}

static void test_refusal(void **state UNUSED)
{
    struct ntfs_judge judge = {0};
    struct error err = {0};

    assert_int_equal(ntfs_judge(&judge, NTFS_RULE_LINK_COUNT, &err, "links"), 0);
    assert_int_equal(ntfs_judge(&judge, NTFS_RULE_INDEX_CHILD, &err, "a loop"), -1);
    assert_int_equal(err.code, ERROR_DAMAGED);
    assert_non_null(strstr(err.text, "(index-child): a loop"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_manual),
        cmocka_unit_test(test_report),
        cmocka_unit_test(test_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
