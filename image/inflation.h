/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A limit on how much compressed data may grow, against bombs: a few bytes that become terabytes.
 *
 *     compressed bytes -> stream_count -> an inflater -> stream_inflation -> plain bytes
 *
 * What a real file holds stays far below it: a root file system grows to 2 to 5 times its
 * compressed size, zeros under gzip to 1032 times. Whoever really has more can undo the compression
 * first. */
#ifndef LXKIT_IMAGE_INFLATION_H
#define LXKIT_IMAGE_INFLATION_H

#include <stdint.h>

#include "core/error.h"
#include "core/stream.h"

enum {
    INFLATION_RATIO_MAX = 10000, /* plain bytes for one compressed one */
};

/* So much may come out whatever went in. */
static const uint64_t inflation_free_bytes = UINT64_C(4) << 30;

/* Counts the bytes that were shown or read. Owns inner, which must offer peek. */
int stream_count(struct stream **out, struct stream *inner, struct error *err) MUST_CHECK;
/* Fails with LIMIT once both limits are passed. Owns inner, which must own counter (made by
 * stream_count) and read it on the thread that reads this stream. Offers no peek. */
int stream_inflation(struct stream **out, struct stream *inner, const struct stream *counter,
                     struct error *err) MUST_CHECK;

#endif
