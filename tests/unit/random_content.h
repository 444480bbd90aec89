/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of a random file: pieces of data and zeros with holes between them, whose bytes are
 * not kept but follow from where they lie. */
#ifndef LXKIT_TESTS_UNIT_RANDOM_CONTENT_H
#define LXKIT_TESTS_UNIT_RANDOM_CONTENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/source.h"
#include "tests/unit/prng.h"

enum {
    RANDOM_POOL_BYTES = 256 * 1021, /* random bytes that all content is cut from; no power of two */
};

struct random_piece {
    uint64_t offset, n;
    bool zeros;
};

struct random_content {
    const struct random_piece *pieces; /* rising, not overlapping, none empty */
    size_t n_pieces;
    uint64_t size; /* of the file */
    uint32_t key;  /* tells files of one shape apart */
};

/* small: at most a few hundred bytes. sparse: large holes may be in it. */
int random_content(struct prng *prng, bool small, bool sparse, struct arena *arena,
                   struct random_content *out, struct error *err) MUST_CHECK;

struct random_reader {
    const struct random_content *content;
    const uint8_t *pool;
    size_t piece;  /* that is being read */
    uint64_t done; /* bytes of it */
};

/* As source_content(), without errors. */
int random_reader_next(struct random_reader *reader, struct content *out);

#endif
