/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to prove a source, by what was said; and for which machine an ELF file is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "install/machine.h"
#include "install/proof_index.h"
#include "install/proof_plan.h"

#define HEX     "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define FEDORA  "36F612DCF27F7D1A48A835E4DBFCF71C6D9F90A6" /* a key that is part of lxkit */
#define MISSING "827C8569F2518CC677FECA1AED65462EC8D5E4C5" /* one that is only known */

static const char *const fedora[] = {FEDORA, NULL};

static void by_options(void **state UNUSED)
{
    static const struct {
        struct proof_options options;
        enum trust_tier tier;
        bool verifies;
    } rows[] = {
        {{0}, TRUST_LOCAL, false},
        {{.skip = true}, TRUST_LOCAL, false},
        {{.sha256 = HEX}, TRUST_PINNED, true},
        {{.sums = "l"}, TRUST_SIGNED, true},
        {{.signature = "s", .keys = fedora}, TRUST_SIGNED, true},
        {{.sums = "l", .signature = "s", .sums_name = "n", .sha256 = HEX}, TRUST_SIGNED, true},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        CLEANUP(proof_plan_free) struct proof_plan plan = {0};
        assert_int_equal(proof_plan_by_options(&plan, &rows[i].options, NULL), 0);
        assert_int_equal(plan.tier, rows[i].tier);
        assert_int_equal(proof_plan_verifies(&plan), rows[i].verifies);
        assert_false(plan.key_missing);
        assert_false(plan.dated);
    }
}

static void by_wrong_options(void **state UNUSED)
{
    static const char *const none[] = {"12", NULL};
    static const struct {
        struct proof_options options;
        const char *reason;
    } rows[] = {
        {{.skip = true, .sha256 = HEX}, "--insecure-skip-verify and --sha256"},
        {{.skip = true, .keys = fedora}, "--insecure-skip-verify and --key"},
        {{.sums_name = "n"}, "give --sums too"},
        {{.keys = fedora}, "--key says whose"},
        {{.keyring = "k", .sha256 = HEX}, "--keyring says whose"},
        {{.sums = "l", .keys = none}, "--key: "},
        {{.sha256 = "12"}, "64 hexadecimal digits"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        CLEANUP(proof_plan_free) struct proof_plan plan = {0};
        struct error err = {0};
        assert_int_equal(proof_plan_by_options(&plan, &rows[i].options, &err), -1);
        assert_int_equal(err.code, ERROR_USAGE);
        if (!strstr(err.text, rows[i].reason))
            fail_msg("'%s' lacks '%s'", err.text, rows[i].reason);
    }
}

/* A key that is not at hand lowers the tier only to a digest that is known. */
static void by_image(void **state UNUSED)
{
    static const struct {
        const char *key;
        bool has_sha256;
        enum trust_tier tier;
        bool missing, has_list;
    } rows[] = {
        {FEDORA, false, TRUST_SIGNED, false, true},
        {FEDORA, true, TRUST_SIGNED, false, true},
        {MISSING, false, TRUST_SIGNED, true, true},
        {MISSING, true, TRUST_PINNED, true, false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        CLEANUP(proof_plan_free) struct proof_plan plan = {0};
        char key[KEY_FINGERPRINT_BYTES], list[] = "l";
        char *keys[] = {key};
        strcpy(key, rows[i].key);
        const struct manifest_image image = {
            .tier = TRUST_SIGNED,
            .has_sha256 = rows[i].has_sha256,
            .list = list,
            .keys = {keys, 1},
        };
        assert_int_equal(proof_plan_by_image(&plan, &image, false, NULL), 0);
        assert_int_equal(plan.tier, rows[i].tier);
        assert_int_equal(plan.key_missing, rows[i].missing);
        assert_int_equal(plan.list != NULL, rows[i].has_list);
        assert_true(plan.dated);
    }
}

static void indexes(void **state UNUSED)
{
    static const struct {
        const char *text, *path; /* path NULL: refused */
        uint64_t size;
        const char *reason;
    } rows[] = {
        {"# words\n\n2026/a.tar.xz 12\n", "2026/a.tar.xz", 12, NULL},
        {"2026/a.tar.xz 12\r\n", "2026/a.tar.xz", 12, NULL},
        {"a/b 18446744073709551615", "a/b", UINT64_MAX, NULL},
        {"Hash: SHA512\na/b 1\niQIz/BAEB\n", "a/b", 1, NULL},
        {"", NULL, 0, "names no file"},
        {"a.tar 12\n", NULL, 0, "names no file"}, /* beside the index: no directory */
        {"/a/b 12\n", NULL, 0, "names no file"},
        {"a/../b 12\n", NULL, 0, "names no file"},
        {"a/b%2e 12\n", NULL, 0, "names no file"},
        {"a/b 0\n", NULL, 0, "names no file"},
        {"a/b -1\n", NULL, 0, "names no file"},
        {"a/b 1x\n", NULL, 0, "names no file"},
        {"a/b 18446744073709551616\n", NULL, 0, "names no file"},
        {"a/b 1\nc/d 1\n", NULL, 0, "more than one file"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_FREE char *path = NULL;
        uint64_t size;
        struct error err = {0};
        int rc = proof_index_parse(&path, &size, rows[i].text, "index", &err);
        if (rows[i].path) {
            assert_int_equal(rc, 0);
            assert_string_equal(path, rows[i].path);
            assert_int_equal(size, rows[i].size);
        } else if (rc != -1 || err.code != ERROR_VERIFY || !strstr(err.text, rows[i].reason)) {
            fail_msg("row %zu: %d '%s'", i, rc, err.text);
        }
    }
}

static void machines(void **state UNUSED)
{
    static const struct {
        uint8_t class, data, low, high;
        const char *architecture;
    } rows[] = {
        {2, 1, 0x3e, 0, "amd64"}, {2, 1, 0xb7, 0, "arm64"},   {1, 1, 0x28, 0, "armhf"},
        {1, 1, 0x03, 0, "i386"},  {2, 1, 0x15, 0, "ppc64el"}, {2, 1, 0xf3, 0, "riscv64"},
        {2, 2, 0, 0x16, "s390x"}, {2, 2, 0, 0x15, NULL},      {1, 1, 0x3e, 0, NULL},
        {2, 1, 0xff, 0xff, NULL},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        uint8_t head[MACHINE_HEAD_BYTES] = {0x7f, 'E', 'L', 'F', rows[i].class, rows[i].data};
        head[18] = rows[i].low;
        head[19] = rows[i].high;
        const char *found = machine_of_elf(head, sizeof(head));
        if (rows[i].architecture)
            assert_string_equal(found, rows[i].architecture);
        else
            assert_null(found);
        assert_null(machine_of_elf(head, sizeof(head) - 1));
    }
    assert_null(machine_of_elf("#!/bin/busybox sh\n\n\n\n", MACHINE_HEAD_BYTES));
}

int main(void)
{
    setenv("XDG_DATA_HOME", "/nowhere", 1);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(by_options), cmocka_unit_test(by_wrong_options),
        cmocka_unit_test(by_image),   cmocka_unit_test(indexes),
        cmocka_unit_test(machines),
    };
    return cmocka_run_group_tests_name("plan_proof", tests, NULL, NULL);
}
