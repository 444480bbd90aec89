/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHDX structures on disk and the arithmetic of its blocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vhdx/vhdx.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_layout.h"

#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/* The GUIDs of MS-VHDX 2.2.3.2 and 2.6.2, by the text that stands there. */
static void known_guids(void **state UNUSED)
{
    static const struct {
        const struct guid *id;
        const char *text;
    } rows[] = {
        {&vhdx_region_bat, "2dc27766-f623-4200-9d64-115e9bfd4a08"},
        {&vhdx_region_metadata, "8b7ca206-4790-4b9a-b8fe-575f050f886e"},
        {&vhdx_item_parameters, "caa16737-fa36-4d43-b3b6-33f0aa44e76b"},
        {&vhdx_item_virtual_size, "2fa54224-cd1b-4876-b211-5dbed83bf4b8"},
        {&vhdx_item_disk_id, "beca12ab-b2e6-4523-93ef-c309e000c746"},
        {&vhdx_item_logical_sector, "8141bf1d-a96f-4709-ba47-f233a8faab5f"},
        {&vhdx_item_physical_sector, "cda348c7-445d-4471-9cc9-e9885251c556"},
        {&vhdx_item_parent_locator, "a8d35f2d-b30b-454d-abf7-d3d84834ab0c"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        char text[GUID_TEXT_BYTES];
        guid_format(rows[i].id, text);
        assert_string_equal(text, rows[i].text);
    }
}

static void header_round_trip(void **state UNUSED)
{
    const struct vhdx_header header = {
        .sequence = UINT64_C(0x1122334455667788),
        .file_write = {{1}},
        .data_write = {{2}},
        .log = {{3}},
        .log_version = 4,
        .version = 1,
        .log_length = 0x300000,
        .log_offset = UINT64_C(0x500000000),
    };
    struct vhdx_header_disk disk;
    struct vhdx_header back;
    vhdx_header_put(&disk, &header);
    assert_memory_equal(&disk, "head", 4);
    assert_int_equal(vhdx_header_get(&back, &disk), VHDX_SEAL_GOOD);
    assert_int_equal(back.sequence, header.sequence);
    assert_true(guid_equal(&back.log, &header.log));
    assert_int_equal(back.log_version, 4);
    assert_int_equal(back.log_length, header.log_length);
    assert_int_equal(back.log_offset, header.log_offset);
    assert_false(back.reserved_used);

    disk.reserved[4015] = 1;
    assert_int_equal(vhdx_header_get(&back, &disk), VHDX_SEAL_BAD_CHECKSUM);
    assert_true(back.reserved_used);
    disk.signature[0] = 'H';
    assert_int_equal(vhdx_header_get(&back, &disk), VHDX_SEAL_NO_SIGNATURE);
}

static void creator_text(void **state UNUSED)
{
    static const struct {
        uint16_t units[4];
        const char *text;
    } rows[] = {
        {{'Q', 'E', 0, 'x'}, "QE"},
        {{0xe4, 0x20ac}, "\xc3\xa4\xe2\x82\xac"},
        {{0xd83d, 0xde00}, "\xf0\x9f\x98\x80"},
        {{0xd83d, 'a'},
         "\xef\xbf\xbd"
         "a"},
        {{0xde00}, "\xef\xbf\xbd"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct vhdx_identifier_disk disk = {.signature = "vhdxfile"};
        char text[VHDX_CREATOR_BYTES];
        for (size_t k = 0; k < array_length(rows[i].units); k++)
            disk.creator[k] = le16_put(rows[i].units[k]);
        assert_true(vhdx_identifier_get(text, &disk));
        assert_string_equal(text, rows[i].text);
    }
}

/* 256 units without a NUL, each as long in UTF-8 as one can be. */
static void creator_longest(void **state UNUSED)
{
    struct vhdx_identifier_disk disk = {.signature = "vhdxfilE"};
    char text[VHDX_CREATOR_BYTES];
    for (size_t i = 0; i < VHDX_CREATOR_UNITS; i++)
        disk.creator[i] = le16_put(0x20ac);
    assert_false(vhdx_identifier_get(text, &disk));
    assert_int_equal(strlen(text), sizeof(text) - 1);
}

static void block_sizes(void **state UNUSED)
{
    static const struct {
        uint64_t size;
        uint32_t asked;
        uint32_t block_size;
        uint64_t n_blocks;
        uint64_t entries; /* written */
    } rows[] = {
        {3 * MIB, 0, MIB, 3, 4},
        {4 * GIB - MIB, 0, MIB, 4095, 4096},
        {4 * GIB, 0, MIB, 4096, 4097},
        {4 * GIB + MIB, 0, MIB, 4097, 4099},
        {TIB, 0, MIB, TIB / MIB, TIB / MIB + 256},
        {4 * TIB, 0, MIB, 4 * TIB / MIB, 4 * TIB / MIB + 1024},
        {8 * TIB, 0, 2 * MIB, 4 * TIB / MIB, 4 * TIB / MIB + 2048},
        {64 * TIB, 0, 16 * MIB, 4 * TIB / MIB, 4 * TIB / MIB + 16384},
        {64 * TIB, MIB, MIB, 64 * TIB / MIB, 64 * TIB / MIB + 16384},
        {TIB, 32 * MIB, 32 * MIB, 32768, 32768 + 256},
        {3 * MIB, 256 * MIB, 256 * MIB, 1, 2},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct disk_geometry geometry = {.size = rows[i].size, .block_size = rows[i].asked};
        struct vhdx_layout layout;
        assert_int_equal(vhdx_layout_plan(&layout, &geometry, NULL), 0);
        assert_int_equal(layout.block_size, rows[i].block_size);
        assert_int_equal(layout.n_blocks, rows[i].n_blocks);
        assert_int_equal(vhdx_layout_entries_written(&layout), rows[i].entries);
    }
}

static void geometry_refused(void **state UNUSED)
{
    static const struct {
        struct disk_geometry geometry;
        const char *words;
    } rows[] = {
        {{0, 0, false}, "3 MiB"},
        {{3 * MIB - 512, 0, false}, "3 MiB"},
        {{64 * TIB + MIB, 0, false}, "64 TiB"},
        {{UINT64_MAX, 0, false}, "64 TiB"},
        {{GIB + 512, 0, false}, "(1024M)"},
        {{GIB + MIB - 512, 0, false}, "(1025M)"},
        {{GIB, 1, false}, "power of two"},
        {{GIB, MIB / 2, false}, "power of two"},
        {{GIB, 3 * MIB, false}, "power of two"},
        {{GIB, 512 * MIB, false}, "256 MiB"},
    };
    for (size_t i = 0; i < array_length(rows); i++) {
        struct vhdx_layout layout;
        struct error err = {0};
        assert_int_equal(vhdx_layout_plan(&layout, &rows[i].geometry, &err), -1);
        assert_int_equal(err.code, ERROR_USAGE);
        assert_non_null(strstr(err.text, rows[i].words));
    }
}

/* Where the entries of sector bitmaps stand between those of blocks. */
static void interleave(void **state UNUSED)
{
    static const struct {
        uint64_t block;
        uint64_t index;
    } rows[] = {{0, 0}, {4095, 4095}, {4096, 4097}, {8191, 8192}, {8192, 8194}};
    struct vhdx_layout layout;
    vhdx_layout_set(&layout, 64 * GIB, MIB, 512);
    assert_int_equal(layout.chunk_ratio, 4096);
    for (size_t i = 0; i < array_length(rows); i++) {
        assert_int_equal(vhdx_layout_index(&layout, rows[i].block), rows[i].index);
        assert_int_equal(vhdx_layout_block(&layout, rows[i].index), rows[i].block);
        assert_false(vhdx_layout_is_bitmap(&layout, rows[i].index));
    }
    assert_true(vhdx_layout_is_bitmap(&layout, 4096));
    assert_true(vhdx_layout_is_bitmap(&layout, 8193));

    vhdx_layout_set(&layout, 64 * GIB, 32 * MIB, 512);
    assert_int_equal(layout.chunk_ratio, 128);
    vhdx_layout_set(&layout, 64 * GIB, MIB, 4096);
    assert_int_equal(layout.chunk_ratio, 32768);
    vhdx_layout_set(&layout, 4 * GIB + 512, MIB, 512);
    assert_int_equal(layout.n_blocks, 4097);
    assert_int_equal(vhdx_layout_entries_read(&layout), 4098);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_guids),  cmocka_unit_test(header_round_trip),
        cmocka_unit_test(creator_text), cmocka_unit_test(creator_longest),
        cmocka_unit_test(block_sizes),  cmocka_unit_test(geometry_refused),
        cmocka_unit_test(interleave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
