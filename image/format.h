/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The formats that hold a tree: one row per format in formats.c drives recognition, --format,
 * and the tests. A new format is one folder and one row. */
#ifndef LXKIT_IMAGE_FORMAT_H
#define LXKIT_IMAGE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "core/event.h"
#include "core/kind.h"
#include "core/stream.h"
#include "image/sink.h"
#include "image/source.h"

/* What is known of a tree before it is written. */
struct tree_totals {
    uint64_t files;       /* inodes */
    uint64_t data_bytes;  /* of content, each file rounded up to 4 KiB */
    uint64_t other_bytes; /* of directories and attributes, rounded up generously */
};

struct image_format {
    const char *name; /* as --format takes it */
    enum kind kind;   /* what its content shows; KIND_UNKNOWN: it is no file */
    /* A tree from a plain stream that is of this kind; owns it. NULL: it is not read from one. */
    int (*source)(struct source **out, struct stream *stream, struct events *events,
                  struct error *err);
    /* A tree from a disk that shows this kind; owns it, also on failure. NULL: it is not on one. */
    int (*source_disk)(struct source **out, struct blockdev *dev,
                       const struct image_open_options *options, struct error *err);
    /* A tree from a directory at path. NULL: it is not one. */
    int (*source_path)(struct source **out, const char *path, struct events *events,
                       struct error *err);
    /* A tree onto a block device; NULL: it is not made on one. Without dev (NULL), or fd (-1)
     * below, a sink can be asked to examine and nothing else. */
    int (*sink)(struct sink **out, struct blockdev *dev, const struct sink_options *options,
                struct error *err);
    /* NO_SPACE for a disk of bytes that holds no such file system at all; NULL: sink says it. */
    int (*size_check)(uint64_t bytes, struct error *err);
    /* The size of a disk for a tree, tight; NULL where sink is. */
    uint64_t (*fitted)(const struct tree_totals *totals);
    /* A tree into a file that can only be written on and on, from where fd stands. fd is not owned
     * and is complete when finish has returned; name is for messages, copied. compression: KIND_TAR
     * for none, or what the format can be wrapped in. NULL: it is not made so. */
    int (*sink_stream)(struct sink **out, int fd, const char *name, enum kind compression,
                       const struct sink_options *options, struct error *err);
    /* A tree at a path that does not exist; it appears whole, in finish, or not at all. NULL: it is
     * not made so. */
    int (*sink_path)(struct sink **out, const char *path, const struct sink_options *options,
                     struct error *err);
};

/* By name or by what content shows; NULL: none. */
const struct image_format *image_format_by_name(const char *name);
const struct image_format *image_format_by_kind(enum kind kind);
/* By what the directory at path is; never NULL. */
const struct image_format *image_format_of_directory(const char *path);

#endif
