/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mapping pairs, as NTFS's documentation and volumes of Windows have them. */
#include "image/ntfs/ntfs_runs.h"

#include "tests/unit/support.h"

enum {
    RUNS_MAX = 4,
    BYTES_MAX = 64,
    MANY = 1000,
};

static const struct {
    const char *name;
    struct ntfs_run runs[RUNS_MAX]; /* up to one of length 0 */
    const char *pairs;              /* with the end mark */
    size_t n;
} rows[] = {
    {"one cluster, as Windows places the table", {{0x1355, 1}}, "\x21\x01\x55\x13", 5},
    {"the volume's first clusters", {{0, 2}}, "\x11\x02\x00", 4},
    {"a number with its top bit set takes one byte more",
     {{0x80, 0x80}},
     "\x22\x80\x00\x80\x00",
     6},
    {"backwards", {{0x100, 1}, {0x80, 1}}, "\x21\x01\x00\x01\x11\x01\x80", 8},
    {"far backwards", {{0x10000, 1}, {0xff7f, 1}}, "\x31\x01\x00\x00\x01\x21\x01\x7f\xff", 10},
    {"a hole has no distance, and the next run none from it",
     {{0x10, 1}, {NTFS_HOLE, 16}, {0x20, 1}},
     "\x11\x01\x10\x01\x10\x11\x01\x10",
     9},
    {"a hole first", {{NTFS_HOLE, 0x100}, {5, 1}}, "\x02\x00\x01\x11\x01\x05", 7},
    {"beyond 32 bits",
     {{UINT64_C(0x123456789a), UINT64_C(0x1000000)}},
     "\x54\x00\x00\x00\x01\x9a\x78\x56\x34\x12",
     11},
};

static struct ntfs_runs *make(struct arena *arena, const struct ntfs_run *list)
{
    struct ntfs_runs_builder builder = {0};
    struct ntfs_runs *runs;
    struct error err = {0};
    for (size_t i = 0; i < RUNS_MAX && list[i].length > 0; i++)
        assert_ok(ntfs_runs_add(&builder, list[i].cluster, list[i].length, &err));
    assert_ok(ntfs_runs_keep(&builder, arena, &runs, &err));
    ntfs_runs_free(&builder);
    return runs;
}

static void golden_pairs(void **state UNUSED)
{
    for (size_t i = 0; i < array_length(rows); i++) {
        struct arena arena = {0};
        struct ntfs_runs *runs = make(&arena, rows[i].runs);
        uint8_t bytes[BYTES_MAX];
        size_t first = 0;
        size_t n = ntfs_runs_pack(runs, &first, bytes, sizeof(bytes));
        if (n != rows[i].n || memcmp(bytes, rows[i].pairs, n) != 0)
            fail_msg("%s: other bytes", rows[i].name);
        assert_int_equal(first, runs->n);
        first = 0;
        assert_int_equal(ntfs_runs_pack(runs, &first, NULL, SIZE_MAX), n);
        arena_free(&arena);
    }
}

static void neighbours_join(void **state UNUSED)
{
    struct arena arena = {0};
    struct ntfs_runs_builder builder = {0};
    struct ntfs_runs *runs;
    struct error err = {0};

    assert_ok(ntfs_runs_add(&builder, 10, 2, &err));
    assert_ok(ntfs_runs_add(&builder, 12, 3, &err));
    assert_false(builder.holes);
    assert_ok(ntfs_runs_add(&builder, NTFS_HOLE, 16, &err));
    assert_ok(ntfs_runs_add(&builder, NTFS_HOLE, 16, &err));
    assert_ok(ntfs_runs_add(&builder, 15, 1, &err));
    assert_true(builder.holes);
    assert_ok(ntfs_runs_keep(&builder, &arena, &runs, &err));
    assert_int_equal(runs->n, 3);
    assert_int_equal(runs->clusters, 38);
    assert_int_equal(runs->stored, 6);
    assert_int_equal(builder.n, 0);
    assert_int_equal(builder.clusters, 0);
    ntfs_runs_free(&builder);
    arena_free(&arena);
}

/* What one record cannot take goes on in the next, from cluster 0 again. */
static void pieces_begin_anew(void **state UNUSED)
{
    struct arena arena = {0};
    struct ntfs_runs_builder builder = {0};
    struct ntfs_runs *runs;
    struct error err = {0};
    size_t first = 0, pieces = 0;
    uint64_t n = 0;

    for (uint64_t i = 0; i < MANY; i++)
        assert_ok(ntfs_runs_add(&builder, 1000 + i * 3, 1, &err));
    assert_ok(ntfs_runs_keep(&builder, &arena, &runs, &err));
    while (first < runs->n) {
        uint8_t bytes[BYTES_MAX];
        size_t begun = first;
        size_t used = ntfs_runs_pack(runs, &first, bytes, sizeof(bytes));
        assert_true(first > begun && used <= sizeof(bytes));
        assert_int_equal(bytes[used - 1], 0);
        assert_int_equal(bytes[0], 0x21);
        assert_int_equal(bytes[2] | bytes[3] << 8, 1000 + begun * 3);
        n += first - begun;
        pieces++;
    }
    assert_int_equal(n, MANY);
    assert_true(pieces > MANY / BYTES_MAX);
    ntfs_runs_free(&builder);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(golden_pairs),
        cmocka_unit_test(neighbours_join),
        cmocka_unit_test(pieces_begin_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
