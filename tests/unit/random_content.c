/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tests/unit/random_content.h"

#include "tests/unit/random_tree.h"

enum {
    PIECES_MAX = 1024,
    BLOCK_BYTES = 4096, /* what most file systems have */
    SMALL_BYTES = 300,
    ZEROS_BYTES = 64 * 1024, /* given at once */
};

struct maker {
    struct prng *prng;
    struct random_piece pieces[PIECES_MAX];
    size_t n;
    uint64_t size; /* so far; also where the next piece begins */
};

static void data_add(struct maker *maker, uint64_t n)
{
    if (n > 0 && maker->n < PIECES_MAX)
        maker->pieces[maker->n++] = (struct random_piece){.offset = maker->size, .n = n};
    maker->size += n;
}

static void zeros_add(struct maker *maker, uint64_t n)
{
    data_add(maker, n);
    if (n > 0)
        maker->pieces[maker->n - 1].zeros = true;
}

static void hole_add(struct maker *maker, uint64_t n)
{
    maker->size += n;
}

/* Whole blocks, or not. */
static uint32_t length_any(struct maker *maker)
{
    uint32_t n = prng_between(maker->prng, 1, RANDOM_TREE_CONTENT_BYTES / 8);
    return prng_one_in(maker->prng, 2) ? n : (n + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
}

static void make_edge(struct maker *maker)
{
    static const uint32_t edges[] = {
        0,    0,    1,    60,   61,   511,  512,  513,   1023,  1024,
        1025, 4095, 4096, 4097, 8191, 8192, 8193, 65535, 65536, 65537,
    };
    data_add(maker, edges[prng_below(maker->prng, array_length(edges))]);
}

static void make_data(struct maker *maker)
{
    data_add(maker, prng_between(maker->prng, 1, RANDOM_TREE_CONTENT_BYTES));
}

static void make_zeros(struct maker *maker)
{
    zeros_add(maker, length_any(maker));
}

static void make_hole(struct maker *maker)
{
    hole_add(maker, length_any(maker));
}

/* A hole at the start, in the middle, at the end; up to all three. */
static void make_holes(struct maker *maker)
{
    uint32_t where = prng_below(maker->prng, 8);
    if (where & 1)
        hole_add(maker, length_any(maker));
    data_add(maker, length_any(maker));
    if (where & 2) {
        hole_add(maker, length_any(maker));
        data_add(maker, length_any(maker));
    }
    if (where & 4)
        hole_add(maker, length_any(maker));
}

/* Pieces of a few bytes, next to each other or with gaps of a few bytes. */
static void make_crumbs(struct maker *maker)
{
    uint32_t gap = prng_one_in(maker->prng, 2) ? 0 : prng_between(maker->prng, 1, 9000);
    uint32_t most = prng_between(maker->prng, 1, 5000);
    for (uint32_t i = prng_between(maker->prng, 1, 60); i > 0; i--) {
        data_add(maker, prng_between(maker->prng, 1, most));
        hole_add(maker, prng_below(maker->prng, gap + 1));
    }
}

/* Zeros within data that a sink may leave out. */
static void make_zero_runs(struct maker *maker)
{
    for (uint32_t i = prng_between(maker->prng, 1, 6); i > 0; i--) {
        data_add(maker, length_any(maker) / 4);
        if (maker->n < PIECES_MAX)
            zeros_add(maker, length_any(maker) / 4 + 1);
    }
}

/* More extents than an inode, now and then than a block of extents has room for. */
static void make_comb(struct maker *maker)
{
    uint32_t most = prng_one_in(maker->prng, 8) ? 800 : 20;
    for (uint32_t i = prng_between(maker->prng, 2, most); i > 0; i--) {
        data_add(maker, BLOCK_BYTES);
        hole_add(maker, BLOCK_BYTES);
    }
}

/* Up to a tebibyte of nothing, with a little in it. */
static void make_vast(struct maker *maker)
{
    for (uint32_t i = prng_between(maker->prng, 1, 4); i > 0; i--) {
        hole_add(maker, prng_next(maker->prng) >> prng_between(maker->prng, 26, 50));
        data_add(maker, prng_between(maker->prng, 1, 9000));
    }
}

int random_content(struct prng *prng, bool small, bool sparse, struct arena *arena,
                   struct random_content *out, struct error *err)
{
    static void (*const makers[])(struct maker *) = {
        make_edge,  make_edge,   make_data,      make_zeros, make_hole,
        make_holes, make_crumbs, make_zero_runs, make_comb,  make_vast,
    };
    struct maker maker = {.prng = prng};

    if (small)
        data_add(&maker, prng_one_in(prng, 2) ? 0 : prng_below(prng, SMALL_BYTES));
    else
        makers[prng_below(prng, array_length(makers) - !sparse)](&maker);
    *out = (struct random_content){
        .pieces = arena_copy(arena, maker.pieces, maker.n * sizeof(maker.pieces[0])),
        .n_pieces = maker.n,
        .size = maker.size,
        .key = prng_below(prng, RANDOM_POOL_BYTES),
    };
    return out->pieces ? 0 : error_no_memory(err);
}

int random_reader_next(struct random_reader *reader, struct content *out)
{
    static const uint8_t zeros[ZEROS_BYTES];
    const struct random_content *content = reader->content;

    if (reader->piece == content->n_pieces)
        return 0;
    const struct random_piece *piece = &content->pieces[reader->piece];
    uint64_t offset = piece->offset + reader->done;
    size_t at = (size_t)((content->key + offset) % RANDOM_POOL_BYTES);
    size_t most = piece->zeros ? ZEROS_BYTES : RANDOM_POOL_BYTES - at;
    uint64_t rest = piece->n - reader->done;
    *out = (struct content){
        .bytes = piece->zeros ? zeros : reader->pool + at,
        .n = rest < most ? (size_t)rest : most,
        .offset = offset,
    };
    reader->done += out->n;
    if (reader->done == piece->n) {
        reader->piece++;
        reader->done = 0;
    }
    return 1;
}
