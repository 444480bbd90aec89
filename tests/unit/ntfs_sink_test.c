/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random trees go onto an NTFS volume: the checker finds nothing there, and what is read back is
 * the tree, or without a carrier the tree less what the manual lists as lost; where a write fails,
 * so does the whole.
 * tests/unit/seeds.h says how many. */
#include "image/ntfs/ntfs_sink.h"

#include "core/blockdev.h"
#include "image/kept.h"
#include "image/ntfs/ntfs_check.h"
#include "image/ntfs/ntfs_source.h"
#include "image/sink.h"
#include "tests/unit/disk_trip.h"
#include "tests/unit/random_tree.h"
#include "tests/unit/seeds.h"
#include "tests/unit/support.h"

enum {
    WITHOUT_EVERY = 4, /* of the seeds, without a carrier */
    FAULTS_MIN = 20,
    FEATURES = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
               SINK_DEVICES | SINK_SOCKETS | SINK_HOLES | SINK_FLAGS | RANDOM_TREE_LARGE_XATTRS,
};

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
    struct findings report AUTO_FINDINGS = {0};
    struct error err = {0};
    if (ntfs_check(&report, dev, NULL, &err) < 0)
        fail_msg("seed %" PRIu64 ": check: %s", seed, err.text);
    if (report.n > 0 || !report.complete)
        fail_msg("seed %" PRIu64 ": %zu findings; %s: %s", seed, report.n, report.list[0].rule.id,
                 report.list[0].text);
}

static void disk_holds(struct blockdev *dev, uint64_t seed, bool no_carrier)
{
    AUTO_SOURCE struct source *source = NULL, *tree = NULL;
    AUTO_SINK struct sink *sink = NULL;
    struct tree_facts before, after;
    struct error err = {0};

    checker_finds_nothing(dev, seed);
    if (random_tree(&tree, seed, FEATURES, &err) < 0 ||
        ntfs_sink(&sink, NULL, &(struct sink_options){.no_carrier = no_carrier}, &err) < 0 ||
        source_kept(&tree, steal(&tree), sink, &err) < 0 ||
        tree_facts_read(&before, tree, &err) < 0)
        fail_msg("seed %" PRIu64 ": the tree itself: %s", seed, err.text);
    if (ntfs_source(&source, dev, NULL, &err) < 0 || tree_facts_read(&after, source, &err) < 0)
        fail_msg("seed %" PRIu64 ": read: %s", seed, err.text);
    disk_trip_same(&before, &after, seed);
}

static int write_carrier(struct blockdev *dev, uint64_t seed, struct error *err)
{
    return tree_write(dev, seed, false, err);
}

static int write_without(struct blockdev *dev, uint64_t seed, struct error *err)
{
    return tree_write(dev, seed, true, err);
}

static void holds_carrier(struct blockdev *dev, uint64_t seed)
{
    disk_holds(dev, seed, false);
}

static void holds_without(struct blockdev *dev, uint64_t seed)
{
    disk_holds(dev, seed, true);
}

static const struct disk_trip carrier = {write_carrier, holds_carrier};
static const struct disk_trip without = {write_without, holds_without};

static void trip_with_carrier(uint64_t seed)
{
    disk_trip(&carrier, seed);
}

static void trip_without(uint64_t seed)
{
    if (seed % WITHOUT_EVERY == 0)
        disk_trip(&without, seed);
}

static void ntfs_gives_back_what_it_was_given(void **state UNUSED)
{
    each_seed(trip_with_carrier);
}

static void without_a_carrier_it_loses_what_the_manual_says(void **state UNUSED)
{
    each_seed(trip_without);
}

static void others_find_nothing(void **state UNUSED)
{
    disk_trip_judged(&carrier, "command -v ntfsfix && command -v 7zz || exit 77; "
                               "ntfsfix -n disk && 7zz t disk");
}

static void a_write_that_fails_fails_the_whole(void **state UNUSED)
{
    disk_trip_faults(&carrier, FAULTS_MIN);
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
