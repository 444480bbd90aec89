/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged and strange VHDX files: each row of the table changes one good file in one way and says
 * what vhdx_check() must find and what reading the whole disk must end with. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/disk.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_rules.h"

enum {
    PATH_BYTES = 512,
    PATCHES_MAX = 6,
    MIB = 1 << 20,
    DISK_BLOCKS = 16,
    FILE_LENGTH = 7 * MIB, /* tables up to 4 MiB, then blocks 0, 5 and 9 */

    H1 = VHDX_HEADER_1,
    H2 = VHDX_HEADER_2,
    R1 = VHDX_REGION_TABLE_1,
    R2 = VHDX_REGION_TABLE_2,
    REGION_METADATA = 16, /* entries of a region table */
    REGION_BAT = 48,
    REGION_NEW = 80,
    META = VHDX_METADATA_OFFSET,
    ITEM_PARAMETERS = META + 32, /* entries of the metadata table */
    ITEM_SIZE = META + 64,
    ITEM_LOGICAL = META + 96,
    ITEM_NEW = META + 192,
    VALUES = META + VHDX_TABLE_BYTES,
    BAT = VHDX_BAT_OFFSET,

    /* Which checksums are made right again after the change. */
    SEAL_HEADERS = 1,
    SEAL_REGIONS = 2,

    SEED = 20261125,
    RANDOM_ROUNDS = 1500,
};

struct patch {
    uint64_t at;
    uint64_t value;
    size_t n; /* bytes of value, little-endian; 0: the end of the list */
};

struct mutation {
    const char *name;
    struct patch patches[PATCHES_MAX];
    unsigned seal;
    const char *ids; /* in the order found, a blank behind each */
    enum error_code reading;
    uint64_t length; /* of the file, 0: as it is */
};

/* Halves of GUIDs: of the BAT region, and of the physical sector size. */
#define BAT_ID_LOW       UINT64_C(0x4200f6232dc27766)
#define BAT_ID_HIGH      UINT64_C(0x084afd9b5e11649d)
#define PHYSICAL_ID_LOW  UINT64_C(0x4471445dcda348c7)
#define PHYSICAL_ID_HIGH UINT64_C(0x56c5515288e9c99c)

/* The same change in both copies of the region table. */
#define REGIONS(at, value, n) \
    {R1 + (at), value, n},    \
    {                         \
        R2 + (at), value, n   \
    }

static const struct mutation mutations[] = {
    {"nothing", {{0}}, 0, "", ERROR_NONE, 0},

    {"header 1 checksum", {{H1 + 8, 9, 1}}, 0, "header-checksum ", ERROR_NONE, 0},
    {"header 2 checksum", {{H2 + 8, 9, 1}}, 0, "header-checksum ", ERROR_NONE, 0},
    {"header signature", {{H1, 0, 1}}, 0, "header-signature ", ERROR_NONE, 0},
    {"both headers",
     {{H1 + 8, 9, 1}, {H2 + 8, 9, 1}},
     0,
     "header-checksum header-checksum header-none ",
     ERROR_DAMAGED,
     0},
    {"equal sequence, different content",
     {{H1 + 8, 2, 1}, {H1 + 16, 77, 1}},
     SEAL_HEADERS,
     "header-sequence ",
     ERROR_DAMAGED,
     0},
    {"equal sequence, equal content",
     {{H1 + 8, 2, 1}},
     SEAL_HEADERS,
     "header-copies ",
     ERROR_NONE,
     0},
    {"header version", {{H2 + 66, 2, 2}}, SEAL_HEADERS, "header-version ", ERROR_UNSUPPORTED, 0},
    {"header reserved bytes", {{H1 + 4095, 1, 1}}, SEAL_HEADERS, "header-reserved ", ERROR_NONE, 0},
    {"log version, empty log", {{H2 + 64, 1, 2}}, SEAL_HEADERS, "log-version ", ERROR_NONE, 0},
    {"dirty log", {{H2 + 48, 1, 1}}, SEAL_HEADERS, "log-dirty ", ERROR_UNSUPPORTED, 0},
    {"log behind the end", {{H2 + 72, 7 * MIB, 8}}, SEAL_HEADERS, "log-place ", ERROR_NONE, 0},
    {"log offset unaligned", {{H2 + 72, MIB - 4096, 8}}, SEAL_HEADERS, "log-place ", ERROR_NONE, 0},
    {"log over metadata",
     {{H2 + 72, 2 * MIB, 8}},
     SEAL_HEADERS,
     "region-overlap ",
     ERROR_DAMAGED,
     0},

    {"region table 1 checksum",
     {{R1 + REGION_BAT + 16, 2 * MIB, 8}},
     0,
     "region-checksum ",
     ERROR_NONE,
     0},
    {"region table 2 checksum",
     {{R2 + REGION_BAT + 16, 2 * MIB, 8}},
     0,
     "region-checksum ",
     ERROR_NONE,
     0},
    {"region table signature", {{R1, 0, 1}}, 0, "region-signature ", ERROR_NONE, 0},
    {"both region tables",
     {REGIONS(100, 1, 1)},
     0,
     "region-checksum region-checksum region-none ",
     ERROR_DAMAGED,
     0},
    {"region tables differ", {{R2 + 65535, 1, 1}}, SEAL_REGIONS, "region-copies ", ERROR_NONE, 0},
    {"2048 regions", {REGIONS(8, 2048, 4)}, SEAL_REGIONS, "region-count ", ERROR_DAMAGED, 0},
    {"2^32 - 1 regions",
     {REGIONS(8, 0xffffffff, 4)},
     SEAL_REGIONS,
     "region-count ",
     ERROR_DAMAGED,
     0},
    {"region unaligned",
     {REGIONS(REGION_BAT + 16, 3 * MIB + 4096, 8)},
     SEAL_REGIONS,
     "region-place region-missing ",
     ERROR_DAMAGED,
     0},
    {"region behind the end",
     {REGIONS(REGION_BAT + 16, UINT64_C(1) << 62, 8)},
     SEAL_REGIONS,
     "region-past-end region-missing ",
     ERROR_DAMAGED,
     0},
    {"region longer than the file",
     {REGIONS(REGION_BAT + 24, 0xfff00000, 4)},
     SEAL_REGIONS,
     "region-past-end region-missing ",
     ERROR_DAMAGED,
     0},
    {"BAT over the log",
     {REGIONS(REGION_BAT + 16, MIB, 8)},
     SEAL_REGIONS,
     "region-overlap ",
     ERROR_DAMAGED,
     0},
    {"two BAT regions",
     {REGIONS(REGION_METADATA, BAT_ID_LOW, 8), REGIONS(REGION_METADATA + 8, BAT_ID_HIGH, 8)},
     SEAL_REGIONS,
     "region-twice region-missing ",
     ERROR_DAMAGED,
     0},
    {"no BAT region",
     {REGIONS(REGION_BAT, 0, 8), REGIONS(REGION_BAT + 28, 0, 4)},
     SEAL_REGIONS,
     "region-missing ",
     ERROR_DAMAGED,
     0},
    {"unknown required region",
     {REGIONS(REGION_METADATA, 1, 8)},
     SEAL_REGIONS,
     "region-unknown region-missing ",
     ERROR_UNSUPPORTED,
     0},
    {"block in an unknown region",
     {REGIONS(8, 3, 4), REGIONS(REGION_NEW + 16, 6 * MIB, 8), REGIONS(REGION_NEW + 24, MIB, 4)},
     SEAL_REGIONS,
     "bat-inside ",
     ERROR_NONE,
     0},
    {"regions not required",
     {REGIONS(REGION_METADATA + 28, 0, 4), REGIONS(REGION_BAT + 28, 0, 4)},
     SEAL_REGIONS,
     "region-optional region-optional ",
     ERROR_NONE,
     0},

    {"metadata signature", {{META, 0, 1}}, 0, "metadata-signature ", ERROR_DAMAGED, 0},
    {"2048 metadata items", {{META + 10, 2048, 2}}, 0, "metadata-count ", ERROR_DAMAGED, 0},
    {"metadata item inside the table",
     {{ITEM_SIZE + 16, 4096, 4}},
     0,
     "metadata-place metadata-missing ",
     ERROR_DAMAGED,
     0},
    {"metadata item behind its region",
     {{ITEM_SIZE + 16, 0xfffffff8, 4}},
     0,
     "metadata-place metadata-missing ",
     ERROR_DAMAGED,
     0},
    {"metadata item of another length",
     {{ITEM_SIZE + 20, 4, 4}},
     0,
     "metadata-place metadata-missing ",
     ERROR_DAMAGED,
     0},
    {"metadata items overlap",
     {{ITEM_SIZE + 16, VHDX_TABLE_BYTES + 4, 4}},
     0,
     "metadata-overlap virtual-size ",
     ERROR_DAMAGED,
     0},
    {"metadata item unknown",
     {{META + 10, 6, 2}, {ITEM_NEW, 1, 1}, {ITEM_NEW + 24, 4, 4}},
     0,
     "metadata-unknown ",
     ERROR_UNSUPPORTED,
     0},
    {"metadata item of the user",
     {{META + 10, 6, 2}, {ITEM_NEW, 1, 1}, {ITEM_NEW + 24, 1, 4}},
     0,
     "",
     ERROR_NONE,
     0},
    {"metadata flags", {{ITEM_PARAMETERS + 24, 6, 4}}, 0, "metadata-flags ", ERROR_NONE, 0},
    {"two physical sector sizes",
     {{ITEM_LOGICAL, PHYSICAL_ID_LOW, 8}, {ITEM_LOGICAL + 8, PHYSICAL_ID_HIGH, 8}},
     0,
     "metadata-twice metadata-missing ",
     ERROR_DAMAGED,
     0},
    {"no file parameters",
     {{ITEM_PARAMETERS, 0, 8}, {ITEM_PARAMETERS + 24, 0, 4}},
     0,
     "metadata-missing ",
     ERROR_DAMAGED,
     0},

    {"blocks of 3 MiB", {{VALUES, 3 * MIB, 4}}, 0, "block-size ", ERROR_DAMAGED, 0},
    {"blocks of 0 bytes", {{VALUES, 0, 4}}, 0, "block-size ", ERROR_DAMAGED, 0},
    {"blocks of 512 MiB", {{VALUES, 512 * MIB, 4}}, 0, "block-size ", ERROR_DAMAGED, 0},
    {"fixed", {{VALUES + 4, 1, 4}}, 0, "", ERROR_NONE, 0},
    {"unknown parameter", {{VALUES + 4, 4, 4}}, 0, "parameters-reserved ", ERROR_NONE, 0},
    {"parent without locator",
     {{VALUES + 4, 2, 4}},
     0,
     "differencing parent-locator ",
     ERROR_UNSUPPORTED,
     0},
    {"logical sectors of 4096", {{VALUES + 16, 4096, 4}}, 0, "sector-4096 ", ERROR_NONE, 0},
    {"logical sectors of 0", {{VALUES + 16, 0, 4}}, 0, "sector-size ", ERROR_DAMAGED, 0},
    {"physical sectors of 1024", {{VALUES + 20, 1024, 4}}, 0, "sector-size ", ERROR_DAMAGED, 0},
    {"virtual size 0", {{VALUES + 8, 0, 8}}, 0, "virtual-size ", ERROR_DAMAGED, 0},
    {"virtual size above 64 TiB",
     {{VALUES + 8, (UINT64_C(64) << 40) + 512, 8}},
     0,
     "virtual-size ",
     ERROR_DAMAGED,
     0},
    {"virtual size in half sectors",
     {{VALUES + 8, 16 * MIB - 256, 8}},
     0,
     "virtual-size ",
     ERROR_DAMAGED,
     0},
    {"virtual size in sectors",
     {{VALUES + 8, 16 * MIB - 512, 8}},
     0,
     "virtual-size-odd ",
     ERROR_NONE,
     0},
    {"table too small", {{VALUES + 8, UINT64_C(1) << 40, 8}}, 0, "bat-small ", ERROR_DAMAGED, 0},

    {"states 0, 1 and 3",
     {{BAT + 8, 0, 8}, {BAT + 16, 1, 8}, {BAT + 24, 3, 8}},
     0,
     "",
     ERROR_NONE,
     0},
    {"state 4", {{BAT + 8, 4, 8}}, 0, "bat-state ", ERROR_DAMAGED, 0},
    {"state 5", {{BAT + 8, 5, 8}}, 0, "bat-state ", ERROR_DAMAGED, 0},
    {"state 7", {{BAT, 4 * MIB + 7, 8}}, 0, "bat-state ", ERROR_DAMAGED, 0},
    {"reserved bit", {{BAT + 8, 2 + 8, 8}}, 0, "bat-reserved ", ERROR_DAMAGED, 0},
    {"zero with an offset", {{BAT + 8, 5 * MIB + 2, 8}}, 0, "bat-offset ", ERROR_NONE, 0},
    {"old content of another block", {{BAT + 8, 5 * MIB + 3, 8}}, 0, "bat-overlap ", ERROR_NONE, 0},
    {"two blocks in one place", {{BAT + 8, 5 * MIB + 6, 8}}, 0, "bat-overlap ", ERROR_NONE, 0},
    {"block in the header", {{BAT + 8, 6, 8}}, 0, "bat-inside ", ERROR_DAMAGED, 0},
    {"block in the log", {{BAT + 8, MIB + 6, 8}}, 0, "bat-inside ", ERROR_DAMAGED, 0},
    {"block in the metadata", {{BAT + 8, 2 * MIB + 6, 8}}, 0, "bat-inside ", ERROR_DAMAGED, 0},
    {"block behind the end", {{BAT + 8, 7 * MIB + 6, 8}}, 0, "bat-past-end ", ERROR_DAMAGED, 0},
    {"block far behind the end",
     {{BAT + 8, UINT64_C(0xfffffffffff00006), 8}},
     0,
     "bat-past-end ",
     ERROR_DAMAGED,
     0},
    {"sector bitmap",
     {{VALUES + 8, UINT64_C(4097) * MIB, 8}, {BAT + 4096 * 8, 6 * MIB + 6, 8}},
     0,
     "bat-bitmap ",
     ERROR_NONE,
     0},
    {"sector bitmap of a differencing disk",
     {{VALUES + 8, UINT64_C(4097) * MIB, 8},
      {VALUES + 4, 2, 4},
      {BAT + 8, 7, 8},
      {BAT, 4 * MIB + 7, 8},
      {BAT + 4096 * 8, 6 * MIB + 6, 8}},
     0,
     "differencing parent-locator bat-inside ",
     ERROR_UNSUPPORTED,
     0},

    {"cut in the last block", {{0}}, 0, "bat-past-end ", ERROR_DAMAGED, 6 * MIB},
    {"cut by a sector", {{0}}, 0, "trailing-bytes bat-past-end ", ERROR_DAMAGED, 7 * MIB - 512},
    {"cut in the table",
     {{0}},
     0,
     "trailing-bytes region-past-end region-missing ",
     ERROR_DAMAGED,
     3 * MIB + 512},
    {"cut in the headers", {{0}}, 0, "trailing-bytes file-short ", ERROR_DAMAGED, 4096},
    {"cut behind the signature", {{0}}, 0, "trailing-bytes file-short ", ERROR_DAMAGED, 8},
    {"trailing bytes", {{0}}, 0, "trailing-bytes ", ERROR_NONE, FILE_LENGTH + 300},
    {"a MiB too many", {{0}}, 0, "", ERROR_NONE, FILE_LENGTH + MIB},
};

struct fixture {
    char root[PATH_BYTES];
    char path[PATH_BYTES];
    int fd;
    uint8_t *good;  /* the whole good file */
    uint8_t *table; /* VHDX_TABLE_BYTES */
    char *buf;      /* one block */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    const char *temporary = getenv("TMPDIR");
    snprintf(f->root, sizeof(f->root), "%.200s/vhdx.XXXXXX", temporary ? temporary : "/tmp");
    assert_non_null(mkdtemp(f->root));
    snprintf(f->path, sizeof(f->path), "%.300s/disk.vhdx", f->root);
    f->good = malloc(FILE_LENGTH);
    f->table = malloc(VHDX_TABLE_BYTES);
    f->buf = malloc(MIB);
    assert_non_null(f->good);
    assert_non_null(f->table);
    assert_non_null(f->buf);

    static const uint64_t blocks[] = {0, 5, 9};
    struct disk_geometry geometry = {.size = DISK_BLOCKS * MIB};
    struct atomic_file *file;
    struct blockdev *dev;
    assert_int_equal(atomic_create(&file, f->path, ATOMIC_NO_SYNC, NULL), 0);
    assert_int_equal(disk_vhdx.create(&dev, file, &geometry, NULL), 0);
    for (size_t i = 0; i < array_length(blocks); i++) {
        memset(f->buf, 'a' + (int)i, MIB);
        assert_int_equal(blockdev_pwrite(dev, f->buf, MIB, blocks[i] * MIB, NULL), 0);
    }
    assert_int_equal(blockdev_close(dev, NULL), 0);
    assert_int_equal(atomic_commit(file, NULL), 0);

    f->fd = open(f->path, O_RDWR | O_CLOEXEC);
    assert_true(f->fd >= 0);
    assert_int_equal(pread(f->fd, f->good, FILE_LENGTH, 0), FILE_LENGTH);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->fd);
    unlink(f->path);
    rmdir(f->root);
    free(f->good);
    free(f->table);
    free(f->buf);
    free(f);
    return 0;
}

static void put(struct fixture *f, uint64_t at, const void *bytes, size_t n)
{
    assert_int_equal(pwrite(f->fd, bytes, n, (off_t)at), n);
}

static void seal_one(struct fixture *f, uint64_t at, size_t n)
{
    assert_int_equal(pread(f->fd, f->table, n, (off_t)at), n);
    struct le32 checksum = le32_put(vhdx_checksum(f->table, n));
    put(f, at + 4, &checksum, sizeof(checksum));
}

static void seal(struct fixture *f, unsigned which)
{
    if (which & SEAL_HEADERS) {
        seal_one(f, H1, sizeof(struct vhdx_header_disk));
        seal_one(f, H2, sizeof(struct vhdx_header_disk));
    }
    if (which & SEAL_REGIONS) {
        seal_one(f, R1, VHDX_TABLE_BYTES);
        seal_one(f, R2, VHDX_TABLE_BYTES);
    }
}

static void restore(struct fixture *f)
{
    assert_int_equal(ftruncate(f->fd, FILE_LENGTH), 0);
    put(f, 0, f->good, FILE_LENGTH);
}

static void mutate(struct fixture *f, const struct mutation *mutation)
{
    restore(f);
    for (const struct patch *patch = mutation->patches;
         patch < mutation->patches + PATCHES_MAX && patch->n > 0; patch++) {
        struct le64 value = le64_put(patch->value);
        put(f, patch->at, &value, patch->n);
    }
    seal(f, mutation->seal);
    if (mutation->length > 0)
        assert_int_equal(ftruncate(f->fd, (off_t)mutation->length), 0);
}

/* The first block and at most as many as the good disk has. */
static enum error_code read_all(struct fixture *f, struct error *err)
{
    struct blockdev *dev AUTO_BLOCKDEV = NULL;
    struct extent extent;
    if (disk_vhdx.open(&dev, f->path, err) < 0)
        return err->code;
    for (uint64_t off = 0; off < dev->size && off < DISK_BLOCKS * MIB; off += MIB) {
        size_t n = dev->size - off < MIB ? (size_t)(dev->size - off) : MIB;
        if (blockdev_pread(dev, f->buf, n, off, err) < 0 ||
            blockdev_extent(dev, off, &extent, err) < 0)
            return err->code;
        assert_true(extent.offset == off && extent.length > 0 && extent.length <= dev->size - off);
    }
    return ERROR_NONE;
}

static void found_and_read(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < array_length(mutations); i++) {
        const struct mutation *mutation = &mutations[i];
        struct vhdx_report report CLEANUP(vhdx_report_free) = {0};
        struct error err = {0};
        char ids[1024] = "";
        mutate(f, mutation);
        if (vhdx_check(&report, f->path, &err) < 0)
            fail_msg("%s: %s", mutation->name, err.text);
        for (size_t k = 0; k < report.n_findings; k++) {
            strcat(ids, report.findings[k].id);
            strcat(ids, " ");
        }
        if (strcmp(ids, mutation->ids) != 0)
            fail_msg("%s: found %s", mutation->name, ids);
        if (read_all(f, &err) != mutation->reading)
            fail_msg("%s: reading ends with %s: %s", mutation->name, error_id(err.code), err.text);
    }
}

/* Every rule can be broken by some row: those that cannot be reached are no rules. */
static void every_rule_has_a_row(void **state UNUSED)
{
    static const char *const rules[] = {
#define X(name, id, severity, refusal) id " ",
        VHDX_RULES(X)
#undef X
    };
    for (size_t i = 0; i < array_length(rules); i++) {
        bool found = false;
        for (size_t k = 0; k < array_length(mutations); k++)
            found |= strstr(mutations[k].ids, rules[i]) != NULL;
        if (!found)
            fail_msg("no row breaks %s", rules[i]);
    }
}

static void information(void **state)
{
    struct fixture *f = *state;
    struct vhdx_info info;
    struct error err = {0};
    restore(f);
    assert_int_equal(vhdx_info(&info, f->path, NULL), 0);
    assert_int_equal(info.n_allocated, 3);
    assert_int_equal(info.n_blocks, DISK_BLOCKS);
    assert_int_equal(info.file_length, FILE_LENGTH);
    assert_int_equal(info.physical_sector, 4096);
    assert_false(info.dirty);

    const struct mutation dirty = {"", {{H2 + 48, 1, 1}}, SEAL_HEADERS, "", ERROR_NONE, 0};
    mutate(f, &dirty);
    assert_int_equal(vhdx_info(&info, f->path, NULL), 0);
    assert_true(info.dirty);

    const struct mutation version = {"", {{H2 + 66, 2, 2}}, SEAL_HEADERS, "", ERROR_NONE, 0};
    mutate(f, &version);
    assert_int_equal(vhdx_info(&info, f->path, &err), -1);
    assert_int_equal(err.code, ERROR_UNSUPPORTED);
}

static void findings_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct vhdx_report report CLEANUP(vhdx_report_free) = {0};
    restore(f);
    for (uint64_t block = 0; block < DISK_BLOCKS; block++) {
        struct le64 entry = le64_put(4);
        put(f, BAT + block * 8, &entry, sizeof(entry));
    }
    assert_int_equal(vhdx_check(&report, f->path, NULL), 0);
    assert_int_equal(report.n_findings, VHDX_FINDINGS_KEPT);
    assert_int_equal(report.n_dropped, DISK_BLOCKS - VHDX_FINDINGS_KEPT);
}

static void not_a_vhdx(void **state)
{
    struct fixture *f = *state;
    struct vhdx_report report CLEANUP(vhdx_report_free) = {0};
    struct error err = {0};
    const struct mutation mutation = {"", {{0, 'V', 1}}, 0, "", ERROR_NONE, 0};
    mutate(f, &mutation);
    assert_int_equal(vhdx_check(&report, f->path, &err), -1);
    assert_int_equal(err.code, ERROR_WRONG_KIND);
    assert_int_equal(vhdx_check(&report, f->root, &err), -1);
    assert_int_equal(err.code, ERROR_WRONG_KIND);
    assert_int_equal(vhdx_check(&report, "/nonexistent/x", &err), -1);
    assert_int_equal(err.code, ERROR_NOT_FOUND);
}

/* Random damage to the tables never does harm, and what reading refuses, the check finds. */
static void random_damage(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint64_t at;
        uint32_t n;
    } places[] = {{H1, 80}, {H2, 80}, {R1, 96}, {R2, 96}, {META, 200}, {VALUES, 40}, {BAT, 160}};
    unsigned short random[3] = {SEED & 0xffff, SEED >> 16, 0x330e};
    for (int round = 0; round < RANDOM_ROUNDS; round++) {
        struct vhdx_report report CLEANUP(vhdx_report_free) = {0};
        struct error err = {0};
        struct vhdx_info info;
        for (long changes = 1 + nrand48(random) % 3; changes > 0; changes--) {
            size_t place = (size_t)nrand48(random) % array_length(places);
            uint64_t at = places[place].at + (uint64_t)nrand48(random) % places[place].n;
            uint8_t byte = (uint8_t)nrand48(random);
            put(f, at, &byte, 1);
        }
        seal(f, SEAL_HEADERS | SEAL_REGIONS);
        assert_int_equal(vhdx_check(&report, f->path, &err), 0);
        bool described = vhdx_info(&info, f->path, &err) == 0;
        if ((read_all(f, &err) != ERROR_NONE || !described) && report.n_findings == 0)
            fail_msg("round %d: %s, but there are no findings", round, err.text);
        for (size_t i = 0; i < array_length(places); i++)
            put(f, places[i].at, f->good + places[i].at, places[i].n);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(found_and_read),       cmocka_unit_test(every_rule_has_a_row),
        cmocka_unit_test(information),          cmocka_unit_test(not_a_vhdx),
        cmocka_unit_test(findings_are_bounded), cmocka_unit_test(random_damage),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
