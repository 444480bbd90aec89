/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a target asks to be made, and the making of it: a disk in its container, an archive in a
 * file or on standard output, or a directory. Nothing has a name before it is complete.
 *
 *     choose (plain decision), reserve (refuses what exists), open (gives the sink),
 *     then after the sink's finish: commit. Free at any time.
 */
#ifndef LXKIT_IMAGE_OUTPUT_H
#define LXKIT_IMAGE_OUTPUT_H

#include "core/atomic_file.h"
#include "core/blockdev.h"
#include "core/disk.h"
#include "core/error.h"
#include "core/event.h"
#include "core/kind.h"
#include "image/format.h"
#include "image/image.h"
#include "image/sink.h"

enum output_kind {
    OUTPUT_DISK,
    OUTPUT_ARCHIVE,
    OUTPUT_DIRECTORY,
};

struct output {
    const struct image_target *target; /* borrowed */
    enum output_kind kind;
    const struct image_format *format;
    enum kind compression;               /* OUTPUT_ARCHIVE: KIND_TAR is none */
    const struct disk_driver *container; /* OUTPUT_DISK */
    struct disk_geometry geometry;       /* likewise; size 0 has to be decided before open */
    uint64_t missing_max;                /* likewise: as in struct sink_options */
    uint64_t inodes;                     /* likewise: at least; 0: by the format's ratio */

    struct atomic_file *file; /* NULL for standard output and a directory */
    struct blockdev *dev;
    struct sink *sink;
};

/* Fills output by what target says and its path's ending; USAGE where they do not say enough, or
 * contradict. */
int output_choose(struct output *output, const struct image_target *target,
                  struct error *err) MUST_CHECK;
int output_reserve(struct output *output, struct error *err) MUST_CHECK;
/* How output's sink is to work. */
struct sink_options output_sink_options(const struct output *output, struct events *events);
int output_open(struct output *output, struct events *events, struct error *err) MUST_CHECK;
/* A sink that may only be asked what it would lose; nothing is written. It is the caller's. */
int output_examiner(const struct output *output, struct sink **out, struct events *events,
                    struct error *err) MUST_CHECK;
/* Flushes and publishes. */
int output_commit(struct output *output, struct events *events, struct error *err) MUST_CHECK;
/* Nothing of what was made is left; it may be reserved once more. */
void output_free(struct output *output);

#define AUTO_OUTPUT CLEANUP(output_free)

#endif
