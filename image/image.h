/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Trees and the formats that hold them: what other folders may use of image/. */
#ifndef LXKIT_IMAGE_IMAGE_H
#define LXKIT_IMAGE_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "core/event.h"
#include "image/cat.h"
#include "image/distribution.h"
#include "image/entry.h"
#include "image/filter.h"
#include "image/mount/mount.h"
#include "image/provision/provision_options.h"
#include "image/sink.h"
#include "image/source.h"

/* Opens a tree by what the content of path shows ("-": standard input); a wrong kind is named
 * (WRONG_KIND). */
int image_open(struct source **out, const char *path, const struct image_open_options *options,
               struct error *err) MUST_CHECK;

/* Whether path can be opened a second time from its beginning: "-" and pipes cannot. True where
 * there is nothing: opening it says so. */
bool image_can_read_twice(const char *path);

/* Puts path before an error that reading its tree or copying it gave: sources and sinks know
 * entries, not files. Leaves errors alone that name their own file or none. Returns -1. */
int image_failed(const char *path, struct error *err);

/* What image_build() makes. Strings are borrowed. */
struct image_target {
    /* Must not exist; appears whole or not at all. "-": an archive on standard output. */
    const char *path;
    const char *format;    /* "ext4", "tar" or "dir"; NULL: follows from path's ending */
    const char *container; /* of a disk, "raw" or "vhdx"; NULL: follows from path's ending */
    bool can_say;          /* the user's command has --format and --container */
    uint64_t size;         /* of a disk in bytes; 0: the container's default, or fitted + 20 % */
    bool fit;              /* a disk: the smallest that holds the tree, and size bytes beside it */
    bool no_replay;        /* as in struct image_open_options */
    const char *volume_path; /* likewise */
    bool no_sync;            /* leave out flushing: benchmarks and throw-away CI only */
    bool split_links;        /* as in struct sink_options */
    bool no_ea_inode;        /* likewise */
    bool no_carrier;         /* likewise */
    const char *root_path;   /* likewise */
    bool strict;        /* what the target would lose is an error (LOSSY), found before anything
                         * is written */
    const char *report; /* a file to be made, also where strictness refuses: every loss as a
                         * JSON line (image/loss_report.h); NULL: none */
    struct image_filter filter; /* what to do to the tree on its way */
    struct mount *mount; /* not NULL: its tree is meant, as it is now, and input is its name */
    /* Not NULL: refuse a tree that the runtime would not take for a distribution
     * (NOT_A_DISTRIBUTION), and tell what was found in it. */
    struct distribution *distribution;
};

/* Reads the tree at input and writes target. On failure nothing of target is left behind. */
int image_build(const char *input, const struct image_target *target, struct events *events,
                struct error *err) MUST_CHECK;

/* Likewise, then reads target back and compares it with what was to be written: VERIFY, and target
 * is gone, where it is not that. Neither may be standard input or output. */
int image_build_verified(const char *input, const struct image_target *target,
                         struct events *events, struct error *err) MUST_CHECK;

/* Reads the tree at input and reports to events what target, which is not made, would lose of it;
 * what only writing shows is missing. */
int image_examine(const char *input, const struct image_target *target, struct events *events,
                  struct error *err) MUST_CHECK;

/* Like image_build() for a target that does not follow: USAGE with what the endings mean, when
 * neither format and container nor path's ending decide. For plans, which must fail before anything
 * else.
 */
int image_target_check(const struct image_target *target, struct error *err) MUST_CHECK;

#endif
