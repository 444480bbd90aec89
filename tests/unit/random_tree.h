/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree that follows from a seed, for round trips: every kind of entry, odd names, times and ids
 * at their edges, attributes, holes, hard links in every direction.
 *
 * It makes full use of what a sink may be given: some seeds name parents after their children,
 * links before their targets, and files twice. */
#ifndef LXKIT_TESTS_UNIT_RANDOM_TREE_H
#define LXKIT_TESTS_UNIT_RANDOM_TREE_H

#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

enum {
    RANDOM_TREE_NAMES_MAX = 2200,          /* entries of one tree */
    RANDOM_TREE_XATTR_BYTES = 4000,        /* of one file's attributes; ext4's block has 4064 */
    RANDOM_TREE_CONTENT_BYTES = 256 << 10, /* of one file, without its holes, but for few */
};

/* May be given with features. */
enum random_tree_extras {
    RANDOM_TREE_LARGE_XATTRS = 1 << 30, /* values up to Linux' 64 KiB each */
    /* Nothing that a mounted file system or an archive changes: fractions of the first and the last
     * second that ext4 has, and of the one before 1970; access lists that say what the mode says.
     */
    RANDOM_TREE_PLAIN = 1 << 29,
};

/* The same seed and features give the same tree. features (enum sink_features) is what the sink
 * that it is meant for can hold: nothing else is in the tree. */
int random_tree(struct source **out, uint64_t seed, unsigned features,
                struct error *err) MUST_CHECK;

#endif
