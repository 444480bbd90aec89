/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random trees go into a file system and come out of it the same; where a write fails, so does the
 * whole. tests/unit/seeds.h says how many. */
#include "core/blockdev.h"
#include "image/ext4/ext4_sink.h"
#include "image/ext4/ext4_source.h"
#include "image/sink.h"
#include "tests/unit/disk_trip.h"
#include "tests/unit/random_tree.h"
#include "tests/unit/seeds.h"
#include "tests/unit/support.h"

enum {
    FAULTS_MIN = 60,
    FEATURES = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
               SINK_DEVICES | SINK_SOCKETS | SINK_HOLES | RANDOM_TREE_LARGE_XATTRS,
};

static int tree_write(struct blockdev *dev, uint64_t seed, struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    AUTO_SINK struct sink *sink = NULL;
    if (random_tree(&source, seed, FEATURES, err) < 0 ||
        ext4_sink(&sink, dev, &(struct sink_options){0}, err) < 0)
        return -1;
    return image_copy(source, sink, err);
}

static void facts_of_seed(struct tree_facts *facts, uint64_t seed)
{
    AUTO_SOURCE struct source *source = NULL;
    struct error err = {0};
    if (random_tree(&source, seed, FEATURES, &err) < 0 || tree_facts_read(facts, source, &err) < 0)
        fail_msg("seed %" PRIu64 ": the tree itself: %s", seed, err.text);
}

static void disk_holds(struct blockdev *dev, uint64_t seed)
{
    AUTO_SOURCE struct source *source = NULL;
    struct tree_facts before, after;
    struct error err = {0};

    if (ext4_source(&source, dev, NULL, &err) < 0 || tree_facts_read(&after, source, &err) < 0)
        fail_msg("seed %" PRIu64 ": read: %s", seed, err.text);
    facts_of_seed(&before, seed);
    disk_trip_same(&before, &after, seed);
}

static const struct disk_trip ext4 = {tree_write, disk_holds};

static void round_trip(uint64_t seed)
{
    disk_trip(&ext4, seed);
}

static void the_same_seed_is_the_same_tree(void **state UNUSED)
{
    struct tree_facts first, second, other;
    char text[FACTS_TEXT_BYTES];
    facts_of_seed(&first, 5);
    facts_of_seed(&second, 5);
    facts_of_seed(&other, 6);
    assert_true(tree_facts_same(&first, &second, FACT_ALL, text));
    assert_false(tree_facts_same(&first, &other, FACT_ALL, text));
    tree_facts_free(&first);
    tree_facts_free(&second);
    tree_facts_free(&other);
}

static void ext4_gives_back_what_it_was_given(void **state UNUSED)
{
    each_seed(round_trip);
}

static void e2fsck_finds_nothing(void **state UNUSED)
{
    disk_trip_judged(&ext4, "command -v e2fsck || exit 77; e2fsck -fn disk");
}

static void a_write_that_fails_fails_the_whole(void **state UNUSED)
{
    disk_trip_faults(&ext4, FAULTS_MIN);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_seed_is_the_same_tree),
        cmocka_unit_test(ext4_gives_back_what_it_was_given),
        cmocka_unit_test_setup_teardown(e2fsck_finds_nothing, scratch_enter, scratch_leave),
        cmocka_unit_test(a_write_that_fails_fails_the_whole),
    };
    /* What is on the disk, the hashes of names among it, follows from the seed alone. */
    setenv("SOURCE_DATE_EPOCH", "1700000000", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
