/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random trees go onto an NTFS volume: the checker finds nothing there, and what is read back is
 * the tree, or without a carrier the tree less what the manual lists as lost; where a write fails,
 * so does the whole.
 * tests/unit/seeds.h says how many. */
#include "image/ntfs/ntfs_sink.h"

#include "core/atomic_file.h"
#include "core/blockdev.h"
#include "image/kept.h"
#include "image/ntfs/ntfs_check.h"
#include "image/ntfs/ntfs_source.h"
#include "image/sink.h"
#include "tests/unit/random_tree.h"
#include "tests/unit/seeds.h"
#include "tests/unit/support.h"
#include "tests/unit/tree_facts.h"

enum {
    DISK_MEBIBYTES_MIN = 64,
    DISK_MEBIBYTES_MAX = 256,
    CHECKED_SEEDS = 12, /* by programs of others */
    WITHOUT_EVERY = 4,  /* of the seeds, without a carrier */
    FAULT_SEED = 9,
    FAULTS_MIN = 20,
    FEATURES = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
               SINK_DEVICES | SINK_SOCKETS | SINK_HOLES | SINK_FLAGS | RANDOM_TREE_LARGE_XATTRS,
};

static uint64_t disk_bytes(uint64_t seed)
{
    uint64_t more = seed * 7 % (DISK_MEBIBYTES_MAX - DISK_MEBIBYTES_MIN + 1);
    return (DISK_MEBIBYTES_MIN + more) << 20;
}

static int tree_write(struct blockdev *dev, uint64_t seed, bool no_carrier, struct error *err)
{
    const struct sink_options options = {.no_carrier = no_carrier};
    AUTO_SOURCE struct source *source = NULL;
    AUTO_SINK struct sink *sink = NULL;
    if (random_tree(&source, seed, FEATURES, err) < 0 || ntfs_sink(&sink, dev, &options, err) < 0)
        return -1;
    return image_copy(source, sink, err);
}

static void checker_finds_nothing(struct blockdev *dev, uint64_t seed)
{
    struct ntfs_report report CLEANUP(ntfs_report_free) = {0};
    struct error err = {0};
    if (ntfs_check(&report, dev, NULL, &err) < 0)
        fail_msg("seed %" PRIu64 ": check: %s", seed, err.text);
    if (report.n_findings > 0 || !report.complete)
        fail_msg("seed %" PRIu64 ": %zu findings; %s: %s", seed, report.n_findings,
                 report.findings[0].id, report.findings[0].text);
}

/* Owns dev. */
static void disk_holds(struct blockdev *dev, uint64_t seed, bool no_carrier)
{
    AUTO_SOURCE struct source *source = NULL, *tree = NULL;
    AUTO_SINK struct sink *sink = NULL;
    struct tree_facts before, after;
    struct error err = {0};
    char text[FACTS_TEXT_BYTES];

    checker_finds_nothing(dev, seed);
    if (random_tree(&tree, seed, FEATURES, &err) < 0 ||
        ntfs_sink(&sink, NULL, &(struct sink_options){.no_carrier = no_carrier}, &err) < 0 ||
        source_kept(&tree, steal(&tree), sink, &err) < 0 ||
        tree_facts_read(&before, tree, &err) < 0)
        fail_msg("seed %" PRIu64 ": the tree itself: %s", seed, err.text);
    if (ntfs_source(&source, dev, NULL, &err) < 0 || tree_facts_read(&after, source, &err) < 0)
        fail_msg("seed %" PRIu64 ": read: %s", seed, err.text);
    if (!tree_facts_same(&before, &after, FACT_ALL, text))
        fail_msg("seed %" PRIu64 ": %s", seed, text);
    tree_facts_free(&before);
    tree_facts_free(&after);
}

static void round_trip(uint64_t seed, bool no_carrier)
{
    struct blockdev *dev;
    struct error err = {0};
    if (blockdev_create_memory(&dev, disk_bytes(seed), &err) < 0 ||
        tree_write(dev, seed, no_carrier, &err) < 0)
        fail_msg("seed %" PRIu64 ": write: %s", seed, err.text);
    disk_holds(dev, seed, no_carrier);
}

static void trip_with_carrier(uint64_t seed)
{
    round_trip(seed, false);
}

static void trip_without(uint64_t seed)
{
    if (seed % WITHOUT_EVERY == 0)
        round_trip(seed, true);
}

static void ntfs_gives_back_what_it_was_given(void **state UNUSED)
{
    each_seed(trip_with_carrier);
}

static void without_a_carrier_it_loses_what_the_manual_says(void **state UNUSED)
{
    each_seed(trip_without);
}

static void image_make(uint64_t seed)
{
    struct atomic_file *file = NULL;
    struct blockdev *dev = NULL;
    struct error err = {0};
    assert_ok(atomic_create(&file, "disk", ATOMIC_REPLACE | ATOMIC_NO_SYNC, &err));
    assert_ok(blockdev_create_raw(&dev, file, disk_bytes(seed), &err));
    assert_ok(tree_write(dev, seed, false, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_ok(atomic_commit(file, &err));
}

static void others_find_nothing(void **state UNUSED)
{
    static const char command[] = "PATH=$PATH:/usr/sbin:/sbin; command -v ntfsfix >/dev/null && "
                                  "command -v 7zz >/dev/null || exit 77; "
                                  "ntfsfix -n disk >log 2>&1 && 7zz t disk >>log 2>&1";
    for (uint64_t i = 0; i < CHECKED_SEEDS; i++) {
        char log[4096] = "";
        image_make(i * 17);
        int status = system(command); /* NOLINT: fixed text */
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
            skip();
        int fd AUTO_FD = open("log", O_RDONLY);
        if (status != 0 && read(fd, log, sizeof(log) - 1) >= 0)
            fail_msg("seed %" PRIu64 ": %s", i * 17, log);
    }
}

/* Each of the first writes, then ever fewer of the rest, until none fails. */
static void a_write_that_fails_fails_the_whole(void **state UNUSED)
{
    struct blockdev *dev;
    struct error err = {0};
    unsigned faults = 0;

    for (uint64_t n = 1;; n += 1 + n / 16) {
        assert_ok(blockdev_create_memory(&dev, disk_bytes(FAULT_SEED), &err));
        assert_ok(blockdev_faulty(&dev, dev, n, &err));
        int rc = tree_write(dev, FAULT_SEED, false, &err);
        if (rc == 0)
            break;
        if (err.code != ERROR_IO || err.text[0] == '\0')
            fail_msg("write %" PRIu64 ": [%s] %s", n, error_id(err.code), err.text);
        blockdev_abandon(dev);
        faults++;
    }
    assert_true(faults >= FAULTS_MIN);
    disk_holds(dev, FAULT_SEED, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ntfs_gives_back_what_it_was_given),
        cmocka_unit_test(without_a_carrier_it_loses_what_the_manual_says),
        cmocka_unit_test_setup_teardown(others_find_nothing, scratch_enter, scratch_leave),
        cmocka_unit_test(a_write_that_fails_fails_the_whole),
    };
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
