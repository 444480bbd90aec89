/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Random trees (tests/unit/random_tree.h) on their way into a file system on a disk and out of it.
 */
#ifndef LXKIT_TESTS_UNIT_DISK_TRIP_H
#define LXKIT_TESTS_UNIT_DISK_TRIP_H

#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "tests/unit/tree_facts.h"

struct disk_trip {
    /* The tree of seed onto dev. */
    int (*write)(struct blockdev *dev, uint64_t seed, struct error *err);
    /* What lies on dev (owned) is the tree of seed. */
    void (*holds)(struct blockdev *dev, uint64_t seed);
};

/* There and back, in memory. */
void disk_trip(const struct disk_trip *trip, uint64_t seed);
/* A shell command of others has nothing to say against the file "disk", for some seeds; status 77:
 * it is not installed. In a directory of its own. */
void disk_trip_judged(const struct disk_trip *trip, const char *command);
/* Each of the first writes fails, then ever fewer of the rest, until none does; at least faults_min
 * of them. */
void disk_trip_faults(const struct disk_trip *trip, unsigned faults_min);
/* Frees both. */
void disk_trip_same(struct tree_facts *before, struct tree_facts *after, uint64_t seed);

#endif
