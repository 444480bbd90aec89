/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/disk_trip.h"

#include <inttypes.h>

#include "core/atomic_file.h"
#include "tests/unit/support.h"

enum {
    DISK_MEBIBYTES_MIN = 64,
    DISK_MEBIBYTES_MAX = 256,
    JUDGED_SEEDS = 12,
    FAULT_SEED = 9,
    NOT_INSTALLED = 77,
};

static uint64_t disk_bytes(uint64_t seed)
{
    uint64_t more = seed * 7 % (DISK_MEBIBYTES_MAX - DISK_MEBIBYTES_MIN + 1);
    return (DISK_MEBIBYTES_MIN + more) << 20;
}

void disk_trip(const struct disk_trip *trip, uint64_t seed)
{
    struct blockdev *dev;
    struct error err = {0};
    if (blockdev_create_memory(&dev, disk_bytes(seed), &err) < 0 ||
        trip->write(dev, seed, &err) < 0)
        fail_msg("seed %" PRIu64 ": write: %s", seed, err.text);
    trip->holds(dev, seed);
}

static void image_make(const struct disk_trip *trip, uint64_t seed)
{
    struct atomic_file *file = NULL;
    struct blockdev *dev = NULL;
    struct error err = {0};
    assert_ok(atomic_create(&file, "disk", ATOMIC_REPLACE | ATOMIC_NO_SYNC, &err));
    assert_ok(blockdev_create_raw(&dev, file, disk_bytes(seed), &err));
    assert_ok(trip->write(dev, seed, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_ok(atomic_commit(file, &err));
}

void disk_trip_judged(const struct disk_trip *trip, const char *command)
{
    for (uint64_t seed = 0; seed < JUDGED_SEEDS * 17; seed += 17) {
        AUTO_FREE char *line = NULL;
        char log[4096] = "";
        image_make(trip, seed);
        assert_true(asprintf(&line, "PATH=$PATH:/usr/sbin:/sbin; exec >log 2>&1; %s", command) > 0);
        int status = system(line); /* NOLINT: fixed text */
        if (WIFEXITED(status) && WEXITSTATUS(status) == NOT_INSTALLED)
            skip();
        int fd AUTO_FD = open("log", O_RDONLY);
        if (status != 0 && read(fd, log, sizeof(log) - 1) >= 0)
            fail_msg("seed %" PRIu64 ": %s", seed, log);
    }
}

void disk_trip_faults(const struct disk_trip *trip, unsigned faults_min)
{
    struct blockdev *dev;
    struct error err = {0};
    unsigned faults = 0;

    for (uint64_t n = 1;; n += 1 + n / 16) {
        assert_ok(blockdev_create_memory(&dev, disk_bytes(FAULT_SEED), &err));
        assert_ok(blockdev_faulty(&dev, dev, n, &err));
        int rc = trip->write(dev, FAULT_SEED, &err);
        if (rc == 0)
            break;
        if (err.code != ERROR_IO || err.text[0] == '\0')
            fail_msg("write %" PRIu64 ": [%s] %s", n, error_id(err.code), err.text);
        blockdev_abandon(dev);
        faults++;
    }
    assert_true(faults >= faults_min);
    trip->holds(dev, FAULT_SEED);
}

void disk_trip_same(struct tree_facts *before, struct tree_facts *after, uint64_t seed)
{
    char text[FACTS_TEXT_BYTES];
    if (!tree_facts_same(before, after, FACT_ALL, text))
        fail_msg("seed %" PRIu64 ": %s", seed, text);
    tree_facts_free(before);
    tree_facts_free(after);
}
