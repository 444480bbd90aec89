/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A volume that ntfs-3g made (tests/fuzz/corpus/ntfs_check/tree), damaged: what may not be opened
 * is refused by name, and whatever is changed, both checks come back and agree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "image/ntfs/ntfs_check.h"
#include "image/ntfs/ntfs_parse.h"
#include "tests/fuzz/fuzz_disk.h"
#include "tests/unit/prng.h"

enum {
    INPUT_BYTES_MAX = 1 << 20,
    RANDOM_ROUNDS = 300,
    CHANGES_MAX = 4,
    SEED = 20261125,
    MFT_BYTE = 16384, /* where mkntfs puts the table on so small a disk */
};

static void volume_make(struct blockdev **out)
{
    AUTO_FREE uint8_t *input = malloc(INPUT_BYTES_MAX);
    FILE *file = fopen("tests/fuzz/corpus/ntfs_check/tree", "rb");
    assert_non_null(file);
    size_t n = fread(input, 1, INPUT_BYTES_MAX, file);
    fclose(file);
    assert_int_equal(fuzz_disk(out, input, n), 0);
}

/* Whether it may be read. */
static int may_open(struct blockdev *dev, struct error *err)
{
    struct ntfs_parse parse;
    struct ntfs_judge judge;
    int rc = ntfs_check_open(&parse, &judge, dev, NULL, err);
    ntfs_parse_close(&parse);
    return rc;
}

static bool has(const struct findings *report, const char *id)
{
    for (size_t i = 0; i < report->n; i++) {
        if (strcmp(report->list[i].rule.id, id) == 0)
            return true;
    }
    return false;
}

static void change(struct blockdev *dev, const void *bytes, size_t n, uint64_t at)
{
    dev->writable = true;
    assert_int_equal(blockdev_pwrite(dev, bytes, n, at, NULL), 0);
    dev->writable = false;
}

static void test_refused(void **state UNUSED)
{
    static const struct {
        const char *id;
        uint64_t at;
        const char *bytes;
        size_t n;
        bool refused;
    } rows[] = {
        {"boot-sector", 13, "\x03", 1, true},
        {"boot-size", 40, "\xff\xff\xff\xff", 4, true},
        {"boot-copy", 100, "x", 1, false},
        {"record-fixups", MFT_BYTE + 64 * 1024 + 510, "xx", 2, true},
        {"record-signature", MFT_BYTE + 64 * 1024, "xx", 2, true},
        {"link-count", MFT_BYTE + 64 * 1024 + 18, "\x07", 1, false},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        AUTO_BLOCKDEV struct blockdev *dev = NULL;
        struct findings report AUTO_FINDINGS = {0};
        struct error err = {0};
        volume_make(&dev);
        assert_int_equal(may_open(dev, &err), 0);
        change(dev, rows[i].bytes, rows[i].n, rows[i].at);
        assert_int_equal(ntfs_check(&report, dev, NULL, &err), 0);
        if (!has(&report, rows[i].id))
            fail_msg("%s is not found", rows[i].id);
        bool refused = may_open(dev, &err) < 0;
        if (refused != rows[i].refused ||
            (refused && (err.code != ERROR_DAMAGED || !strstr(err.text, rows[i].id))))
            fail_msg("%s: %s", rows[i].id, err.text);
    }
}

/* Where it may not be opened, the check finds an error too. */
static void agree(struct blockdev *dev, uint64_t round)
{
    struct findings report AUTO_FINDINGS = {0};
    struct error err = {0};
    unsigned errors = 0;
    bool opens = may_open(dev, &err) == 0;
    if (!opens && err.code != ERROR_DAMAGED)
        fail_msg("round %u: %s", (unsigned)round, err.text);
    bool checked = ntfs_check(&report, dev, NULL, &err) == 0;
    if (!checked && err.code != ERROR_DAMAGED)
        fail_msg("round %u: %s", (unsigned)round, err.text);
    for (size_t i = 0; i < report.n; i++)
        errors += report.list[i].rule.severity == FINDING_ERROR;
    if (!opens && checked && errors == 0)
        fail_msg("round %u: refused, but nothing is found", (unsigned)round);
}

static void test_random(void **state UNUSED)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    struct prng prng = {SEED};
    volume_make(&dev);
    for (unsigned round = 0; round < RANDOM_ROUNDS; round++) {
        uint8_t was[CHANGES_MAX];
        uint64_t at[CHANGES_MAX];
        for (size_t i = 0; i < CHANGES_MAX; i++) {
            uint8_t now = (uint8_t)prng_next(&prng);
            /* The table's first records of files, and the boot sector. */
            at[i] = round % 8 == 0 ? prng_next(&prng) % 512
                                   : MFT_BYTE + prng_next(&prng) % (140 * 1024);
            assert_int_equal(blockdev_pread(dev, &was[i], 1, at[i], NULL), 0);
            change(dev, &now, 1, at[i]);
        }
        agree(dev, round);
        for (size_t i = CHANGES_MAX; i-- > 0;)
            change(dev, &was[i], 1, at[i]);
    }
    assert_int_equal(may_open(dev, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
