/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The parts of the parser of NTFS that whole volumes do not reach: mapping pairs, update sequences,
 * sets, and a record that Windows wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_parse_file.h"
#include "image/ntfs/ntfs_parse_record.h"
#include "image/ntfs/ntfs_parse_set.h"
#include "image/ntfs/ntfs_runs.h"
#include "image/ntfs/ntfs_upcase.h"

enum {
    CLUSTERS = 10000,
};

static const struct {
    const char *name;
    const char *pairs;
    size_t n;
    uint64_t first, last;
    int sound;
    size_t n_places;
    uint64_t cluster; /* of the last place */
} pairs[] = {
    /* As Windows has a run of one cluster at 0x1355. */
    {"one run", "\x21\x01\x55\x13", 5, 0, 0, 1, 1, 0x1355},
    {"back", "\x11\x02\x20\x11\x01\xf0", 7, 0, 2, 1, 2, 0x10},
    {"hole", "\x11\x02\x20\x01\x05", 6, 0, 6, 1, 2, NTFS_HOLE},
    {"none", "", 1, 0, UINT64_MAX, 1, 0, 0},
    {"no end", "\x21\x01\x55\x13", 4, 0, 0, 0, 0, 0},
    {"cut off", "\x21\x01\x55", 3, 0, 0, 0, 0, 0},
    {"no length", "\x10\x55", 3, 0, 0, 0, 0, 0},
    {"a length of zero", "\x11\x00\x55", 4, 0, 0, 0, 0, 0},
    {"a negative length", "\x11\xff\x55", 4, 0, 0, 0, 0, 0},
    {"nine bytes", "\x19\x01\x01\x01\x01\x01\x01\x01\x01\x01\x01", 12, 0, 0, 0, 0, 0},
    {"too long", "\x11\x02\x20", 4, 0, 0, 0, 0, 0},
    {"too short", "\x11\x02\x20", 4, 0, 5, 0, 0, 0},
    {"outside", "\x21\x02\x0f\x27", 5, 0, 1, 0, 0, 0},
    {"before the volume", "\x11\x02\xf0", 4, 0, 1, 0, 0, 0},
    {"not where the last ended", "\x11\x02\x20", 4, 7, 8, 0, 0, 0},
    {"ends before it begins", "\x11\x02\x20", 4, 0, INT64_MAX + UINT64_C(1), 0, 0, 0},
};

static void test_pairs(void **state UNUSED)
{
    struct ntfs_parse parse = {.geometry = {.clusters = CLUSTERS, .cluster_bytes = 4096}};
    struct error err;
    for (size_t i = 0; i < array_length(pairs); i++) {
        struct ntfs_stream stream CLEANUP(ntfs_stream_free) = {0};
        const char *why = NULL;
        /* A copy of just that size, for the sanitizer. */
        AUTO_FREE uint8_t *copy = malloc(pairs[i].n);
        memcpy(copy, pairs[i].pairs, pairs[i].n);
        int sound = ntfs_stream_add(&stream, &parse, copy, pairs[i].n, pairs[i].first,
                                    pairs[i].last, &why, &err);
        if (sound != pairs[i].sound || (!sound && !why))
            fail_msg("%s: %d", pairs[i].name, sound);
        if (!sound)
            continue;
        assert_int_equal(stream.n_places, pairs[i].n_places);
        if (stream.n_places > 0)
            assert_true(stream.places[stream.n_places - 1].cluster == pairs[i].cluster);
    }
}

/* Holes and what is behind the initialized size read as zeros. */
static void test_read(void **state UNUSED)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    struct error err;
    uint8_t bytes[20];
    assert_int_equal(blockdev_create_memory(&dev, 1 << 20, &err), 0);
    assert_int_equal(blockdev_pwrite(dev, "abcdefgh", 8, 512 * 7, &err), 0);
    assert_int_equal(blockdev_pwrite(dev, "ijklmnop", 8, 512 * 3, &err), 0);
    struct ntfs_parse parse = {
        .dev = dev, .geometry = {.clusters = 2048, .cluster_bytes = 512}, .budget = 1 << 20};
    struct ntfs_place places[] = {{0, 1, 7}, {1, 1, NTFS_HOLE}, {2, 1, 3}};
    struct ntfs_stream stream = {
        .places = places, .n_places = 3, .clusters = 3, .size = 1536, .initialized = 1028};

    assert_int_equal(ntfs_stream_read(&parse, &stream, bytes, 8, 0, &err), 0);
    assert_memory_equal(bytes, "abcdefgh", 8);
    assert_int_equal(ntfs_stream_read(&parse, &stream, bytes, 12, 1020, &err), 0);
    assert_memory_equal(bytes, "\0\0\0\0ijkl\0\0\0\0", 12);
    assert_int_equal(ntfs_stream_read(&parse, &stream, bytes, 2, 1535, &err), -1);
    parse.budget = 3;
    assert_int_equal(ntfs_stream_read(&parse, &stream, bytes, 4, 0, &err), -1);
    assert_int_equal(err.code, ERROR_DAMAGED);
}

static void test_fixups(void **state UNUSED)
{
    uint8_t good[1024] = {'F', 'I', 'L', 'E', 48, 0, 3, 0};
    memcpy(good + 48, "\x05\x00\x11\x22\x33\x44", 6);
    memcpy(good + 510, "\x05\x00", 2);
    memcpy(good + 1022, "\x05\x00", 2);
    static const struct {
        size_t at;
        uint8_t value;
    } damage[] = {{4, 49}, {4, 6}, {5, 2}, {6, 2}, {6, 4}, {510, 6}, {1023, 1}};

    for (size_t i = 0; i < array_length(damage); i++) {
        uint8_t bad[1024];
        memcpy(bad, good, sizeof(bad));
        bad[damage[i].at] = damage[i].value;
        assert_false(ntfs_parse_fixups(bad, sizeof(bad)));
    }
    assert_true(ntfs_parse_fixups(good, sizeof(good)));
    assert_memory_equal(good + 510, "\x11\x22", 2);
    assert_memory_equal(good + 1022, "\x33\x44", 2);
}

static void test_set(void **state UNUSED)
{
    struct ntfs_set set CLEANUP(ntfs_set_free) = {0};
    struct error err;
    assert_int_equal(ntfs_set_begin(&set, UINT64_C(1) << 30, &err), 0);
    assert_int_equal(ntfs_set_add(&set, 3, &err), 1);
    assert_int_equal(ntfs_set_add(&set, (1 << 30) - 1, &err), 1);
    assert_int_equal(ntfs_set_add(&set, 3, &err), 0);
    assert_int_equal(ntfs_set_byte(&set, 0), 8);
    assert_int_equal(ntfs_set_byte(&set, (1 << 27) - 1), 128);
    assert_int_equal(ntfs_set_byte(&set, 1 << 20), 0);
    assert_int_equal(ntfs_set_byte(&set, UINT64_MAX), 0);
}

/* A record with extended attributes: EA_INFORMATION 0x95/0xa0, both FILE_NAMEs with 0x000b0095. */
static void test_windows_record(void **state UNUSED)
{
    const char *data = getenv("LXKIT_TEST_DATA");
    char path[4096];
    snprintf(path, sizeof(path), "%s/ntfs/frs_ea.bin", data ? data : "../shared/data");
    FILE *file = fopen(path, "rb");
    if (!file)
        skip();
    uint8_t *bytes = malloc(NTFS_RECORD_BYTES);
    assert_int_equal(fread(bytes, 1, NTFS_RECORD_BYTES, file), NTFS_RECORD_BYTES);
    fclose(file);

    struct findings report AUTO_FINDINGS = {0};
    struct ntfs_judge judge = {.report = &report};
    AUTO_FREE uint16_t *upcase = NULL;
    struct error err;
    assert_int_equal(ntfs_upcase_make(&upcase, &err), 0);
    struct ntfs_parse parse = {
        .judge = &judge, .geometry = {.record_bytes = NTFS_RECORD_BYTES}, .upcase = upcase};
    struct ntfs_record_disk head;
    memcpy(&head, bytes, sizeof(head));
    struct ntfs_parsed_record record CLEANUP(ntfs_parsed_record_free) = {0};
    assert_int_equal(ntfs_parse_record_in(&parse, le32_get(head.number), bytes, &record, &err), 1);
    assert_int_equal(report.n, 0);
    unsigned names = 0, eas = 0;
    for (size_t i = 0; i < record.n_pieces; i++) {
        const struct ntfs_piece *piece = &record.pieces[i];
        if (piece->type == NTFS_FILE_NAME) {
            assert_memory_equal(piece->value + 0x3c, "\x95\x00\x0b\x00", 4);
            names++;
        }
        if (ntfs_piece_is(piece, NTFS_EA_INFORMATION, NULL)) {
            assert_memory_equal(piece->value, "\x95\x00\x00\x00\xa0\x00\x00\x00", 8);
            eas++;
        }
    }
    assert_int_equal(names, 2);
    assert_int_equal(eas, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),          cmocka_unit_test(test_read),
        cmocka_unit_test(test_fixups),         cmocka_unit_test(test_set),
        cmocka_unit_test(test_windows_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
