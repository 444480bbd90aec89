/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random trees go into a file system and come out of it the same; where a write fails, so does the
 * whole. tests/unit/seeds.h says how many. */
#include "core/atomic_file.h"
#include "core/blockdev.h"
#include "image/ext4/ext4_sink.h"
#include "image/ext4/ext4_source.h"
#include "image/sink.h"
#include "tests/unit/random_tree.h"
#include "tests/unit/seeds.h"
#include "tests/unit/support.h"
#include "tests/unit/tree_facts.h"

enum {
    CHECKED_SEEDS = 12, /* by e2fsck */
    DISK_MEBIBYTES_MIN = 64,
    DISK_MEBIBYTES_MAX = 256,
    FAULT_SEED = 9,
    FAULTS_MIN = 60,
    FEATURES = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
               SINK_DEVICES | SINK_SOCKETS | SINK_HOLES | RANDOM_TREE_LARGE_XATTRS,
};

static uint64_t disk_bytes(uint64_t seed)
{
    uint64_t more = seed * 7 % (DISK_MEBIBYTES_MAX - DISK_MEBIBYTES_MIN + 1);
    return (DISK_MEBIBYTES_MIN + more) << 20;
}

/* The tree of seed onto dev. */
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

/* What lies on dev (owned) is the tree of seed. */
static void disk_holds(struct blockdev *dev, uint64_t seed)
{
    AUTO_SOURCE struct source *source = NULL;
    struct tree_facts before, after;
    struct error err = {0};
    char text[FACTS_TEXT_BYTES];

    if (ext4_source(&source, dev, NULL, &err) < 0 || tree_facts_read(&after, source, &err) < 0)
        fail_msg("seed %" PRIu64 ": read: %s", seed, err.text);
    facts_of_seed(&before, seed);
    if (!tree_facts_same(&before, &after, FACT_ALL, text))
        fail_msg("seed %" PRIu64 ": %s", seed, text);
    tree_facts_free(&before);
    tree_facts_free(&after);
}

static void round_trip(uint64_t seed)
{
    struct blockdev *dev;
    struct error err = {0};
    if (blockdev_create_memory(&dev, disk_bytes(seed), &err) < 0 || tree_write(dev, seed, &err) < 0)
        fail_msg("seed %" PRIu64 ": write: %s", seed, err.text);
    disk_holds(dev, seed);
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
    static const char command[] = "PATH=$PATH:/usr/sbin:/sbin; command -v e2fsck >/dev/null || "
                                  "exit 77; e2fsck -fn disk >log 2>&1";
    struct error err = {0};
    for (uint64_t i = 0; i < CHECKED_SEEDS; i++) {
        uint64_t seed = i * 17;
        struct atomic_file *file = NULL;
        struct blockdev *dev = NULL;
        char log[4096] = "";

        assert_ok(atomic_create(&file, "disk", ATOMIC_REPLACE | ATOMIC_NO_SYNC, &err));
        assert_ok(blockdev_create_raw(&dev, file, disk_bytes(seed), &err));
        assert_ok(tree_write(dev, seed, &err));
        assert_ok(blockdev_close(dev, &err));
        assert_ok(atomic_commit(file, &err));
        int status = system(command); /* NOLINT: fixed text */
        if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
            skip();
        int fd AUTO_FD = open("log", O_RDONLY);
        if (status != 0 && read(fd, log, sizeof(log) - 1) >= 0)
            fail_msg("seed %" PRIu64 ": e2fsck -fn: %s", seed, log);
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
        int rc = tree_write(dev, FAULT_SEED, &err);
        if (rc == 0)
            break;
        if (err.code != ERROR_IO || err.text[0] == '\0')
            fail_msg("write %" PRIu64 ": [%s] %s", n, error_id(err.code), err.text);
        blockdev_abandon(dev);
        faults++;
    }
    assert_true(faults >= FAULTS_MIN);
    disk_holds(dev, FAULT_SEED);
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
