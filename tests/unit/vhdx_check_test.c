/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Damaged and strange VHDX files: each row of the table changes one good file in one way and says
 * what vhdx_check() must find and what reading the whole disk must end with. */
#include "core/disk.h"
#include "tests/unit/support.h"
#include "tests/unit/vhdx_mutations.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_log_format.h"
#include "vhdx/vhdx_rules.h"

enum {
    SEED = 20261125,
    RANDOM_ROUNDS = 1500,
};

static const char disk_path[] = "disk.vhdx";

struct fixture {
    void *scratch;
    int fd;
    uint8_t *good;  /* the whole good file */
    uint8_t *table; /* VHDX_TABLE_BYTES */
    char *buf;      /* one block */
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_int_equal(scratch_enter(&f->scratch), 0);
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
    assert_int_equal(atomic_create(&file, disk_path, ATOMIC_NO_SYNC, NULL), 0);
    assert_int_equal(disk_vhdx.create(&dev, file, &geometry, NULL), 0);
    for (size_t i = 0; i < array_length(blocks); i++) {
        memset(f->buf, 'a' + (int)i, MIB);
        assert_int_equal(blockdev_pwrite(dev, f->buf, MIB, blocks[i] * MIB, NULL), 0);
    }
    assert_int_equal(blockdev_close(dev, NULL), 0);
    assert_int_equal(atomic_commit(file, NULL), 0);

    f->fd = open(disk_path, O_RDWR | O_CLOEXEC);
    assert_true(f->fd >= 0);
    assert_int_equal(pread(f->fd, f->good, FILE_LENGTH, 0), FILE_LENGTH);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    close(f->fd);
    assert_int_equal(scratch_leave(&f->scratch), 0);
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
    if (which & SEAL_LOG)
        seal_one(f, LOG, VHDX_LOG_SECTOR);
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
    if (disk_vhdx.open(&dev, disk_path, err) < 0)
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
    for (size_t i = 0; i < n_mutations; i++) {
        const struct mutation *mutation = &mutations[i];
        struct findings report AUTO_FINDINGS = {0};
        struct error err = {0};
        char ids[1024] = "";
        mutate(f, mutation);
        if (vhdx_check(&report, disk_path, &err) < 0)
            fail_msg("%s: %s", mutation->name, err.text);
        for (size_t k = 0; k < report.n; k++) {
            strcat(ids, report.list[k].rule.id);
            strcat(ids, " ");
        }
        if (strcmp(ids, mutation->ids) != 0)
            fail_msg("%s: found %s", mutation->name, ids);
        if (read_all(f, &err) != mutation->reading)
            fail_msg("%s: reading ends with %s: %s", mutation->name, error_id(err.code), err.text);
    }
}

/* Every rule can be broken by some row: those that cannot be reached are no rules. What is wrong
 * with another file, the parent, is in tests/vhdx_parent.sh. */
static void every_rule_has_a_row(void **state UNUSED)
{
    static const char *const rules[] = {
#define X(name, id, severity, refusal) id " ",
        VHDX_RULES(X)
#undef X
    };
    for (size_t i = 0; i < array_length(rules); i++) {
        bool found = i >= VHDX_RULE_PARENT_MISSING && i <= VHDX_RULE_PARENT_DAMAGED;
        for (size_t k = 0; k < n_mutations; k++)
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
    assert_int_equal(vhdx_info(&info, disk_path, NULL), 0);
    assert_int_equal(info.n_allocated, 3);
    assert_int_equal(info.n_blocks, DISK_BLOCKS);
    assert_int_equal(info.file_length, FILE_LENGTH);
    assert_int_equal(info.physical_sector, 4096);
    assert_false(info.dirty);

    const struct mutation lost = {"", {{H2 + 48, 1, 1}}, SEAL_HEADERS, "", ERROR_NONE, 0};
    mutate(f, &lost);
    assert_int_equal(vhdx_info(&info, disk_path, NULL), 0);
    assert_true(info.dirty);
    assert_int_equal(info.log_entries, 0);

    const struct mutation dirty = {"", {DIRTY_LOG}, SEAL_HEADERS | SEAL_LOG, "", ERROR_NONE, 0};
    mutate(f, &dirty);
    assert_int_equal(vhdx_info(&info, disk_path, NULL), 0);
    assert_true(info.dirty);
    assert_int_equal(info.log_entries, 1);

    const struct mutation version = {"", {{H2 + 66, 2, 2}}, SEAL_HEADERS, "", ERROR_NONE, 0};
    mutate(f, &version);
    assert_int_equal(vhdx_info(&info, disk_path, &err), -1);
    assert_int_equal(err.code, ERROR_UNSUPPORTED);
}

static void findings_are_bounded(void **state)
{
    struct fixture *f = *state;
    struct findings report AUTO_FINDINGS = {0};
    restore(f);
    for (uint64_t block = 0; block < DISK_BLOCKS; block++) {
        struct le64 entry = le64_put(4);
        put(f, BAT + block * 8, &entry, sizeof(entry));
    }
    assert_int_equal(vhdx_check(&report, disk_path, NULL), 0);
    assert_int_equal(report.n, FINDINGS_KEPT);
    assert_int_equal(report.n_dropped, DISK_BLOCKS - FINDINGS_KEPT);
}

static void not_a_vhdx(void **state)
{
    struct fixture *f = *state;
    struct findings report AUTO_FINDINGS = {0};
    struct error err = {0};
    const struct mutation mutation = {"", {{0, 'V', 1}}, 0, "", ERROR_NONE, 0};
    mutate(f, &mutation);
    assert_int_equal(vhdx_check(&report, disk_path, &err), -1);
    assert_int_equal(err.code, ERROR_WRONG_KIND);
    assert_int_equal(vhdx_check(&report, ".", &err), -1);
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
        struct findings report AUTO_FINDINGS = {0};
        struct error err = {0};
        struct vhdx_info info;
        for (long changes = 1 + nrand48(random) % 3; changes > 0; changes--) {
            size_t place = (size_t)nrand48(random) % array_length(places);
            uint64_t at = places[place].at + (uint64_t)nrand48(random) % places[place].n;
            uint8_t byte = (uint8_t)nrand48(random);
            put(f, at, &byte, 1);
        }
        seal(f, SEAL_HEADERS | SEAL_REGIONS);
        assert_int_equal(vhdx_check(&report, disk_path, &err), 0);
        bool described = vhdx_info(&info, disk_path, &err) == 0;
        if ((read_all(f, &err) != ERROR_NONE || !described) && report.n == 0)
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
