/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finished disks that are changed in place, and what is left of them when the power fails: every
 * sector has what the last flush made stable, or something that was written since. */
#include <inttypes.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "core/disk.h"
#include "core/le.h"
#include "tests/unit/prng.h"
#include "tests/unit/support.h"
#include "tests/unit/vhdx_power.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_check.h"
#include "vhdx/vhdx_read.h"
#include "vhdx/vhdx_repair.h"
#include "vhdx/vhdx_write.h"

enum {
    MIB = 1 << 20,
    SECTOR = 512,
    SECTORS = MIB / SECTOR, /* of a block */
    DISK_MIB = 2048,
    SEED = 20261125,
    CUTS = 120, /* the power fails so often; CHECK=full: 500 */
    CUTS_FULL = 500,
    STUMBLES = 60, /* single failures */
    KILLS = 15,
    KILLS_FULL = 500,
    KILL_MICROSECONDS = 60000,
    MANY_PAGES = 300,
    ACTIONS_MAX = 80,    /* before each */
    OPERATIONS_MAX = 70, /* of the file; then it fails */
    GENERATIONS = 25,    /* failures until a new disk is taken */
};

/* The blocks that are written to, two or three in each page of the BAT. */
static const uint32_t blocks[] = {0, 1, 2, 511, 512, 513, 1023, 1024, 2046, 2047};

enum {
    N_BLOCKS = sizeof(blocks) / sizeof(blocks[0]),
    N_SECTORS = N_BLOCKS * SECTORS,
};

/* What the sectors of these blocks hold: the number of the action that wrote them last, 0: zeros.
 */
struct model {
    uint32_t now[N_SECTORS];
    uint32_t stable[N_SECTORS];
    bool zeroed[N_SECTORS]; /* since the last flush */
    uint32_t action;        /* the last one */
    uint32_t flushed;       /* the last one before the last flush */
    /* Which blocks have space, a bit each: as the last flush left it, and as the one that failed
     * would have. The table changes as a whole. */
    uint32_t allocated, allocated_next;
};

struct fixture {
    struct power_file *file;
    struct prng random;
    uint8_t *base; /* an empty disk */
    size_t base_length;
    uint8_t *buf; /* two blocks */
    struct model model;
};

/* ---- the disk ---- */

static void disk_make(const char *path, uint64_t mib)
{
    struct error err = {0};
    struct disk_geometry geometry = {.size = mib * MIB};
    assert_ok(vhdx_create(path, &geometry, &err));
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    struct error err = {0};
    void *directory = NULL;
    assert_non_null(f);
    assert_int_equal(scratch_enter(&directory), 0);
    disk_make("base.vhdx", DISK_MIB);
    struct blockdev *raw;
    assert_ok(blockdev_open_raw(&raw, "base.vhdx", &err));
    f->base_length = (size_t)raw->size;
    f->base = malloc(f->base_length);
    f->buf = malloc(2 * MIB);
    assert_non_null(f->base);
    assert_non_null(f->buf);
    assert_ok(blockdev_pread(raw, f->base, f->base_length, 0, &err));
    assert_ok(blockdev_close(raw, &err));
    assert_int_equal(scratch_leave(&directory), 0);
    f->file = power_file_new(f->base, f->base_length);
    f->random.state = SEED;
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    power_file_free(f->file);
    free(f->base);
    free(f->buf);
    free(f);
    return 0;
}

static struct vhdx_medium *medium(struct fixture *f, bool writable)
{
    struct vhdx_medium *out;
    assert_int_equal(power_file_medium(&out, f->file, writable, NULL), 0);
    return out;
}

/* ---- sectors ---- */

static void sector_fill(uint8_t *sector, uint32_t tag, uint32_t number)
{
    struct le32 words[2] = {le32_put(tag), le32_put(tag ? number : 0)};
    for (size_t at = 0; at < SECTOR; at += sizeof(words))
        memcpy(sector + at, words, sizeof(words));
}

/* The action that wrote a sector; fails where it is a mixture or belongs elsewhere. */
static uint32_t sector_tag(const uint8_t *sector, uint32_t number)
{
    uint8_t expected[SECTOR];
    struct le32 tag;
    memcpy(&tag, sector, sizeof(tag));
    sector_fill(expected, le32_get(tag), number);
    if (memcmp(sector, expected, SECTOR) != 0)
        return UINT32_MAX;
    return le32_get(tag);
}

/* ---- actions ---- */

/* A range of sectors within one of the blocks, or over two that are neighbours. */
static void range_choose(struct fixture *f, uint32_t *first, uint32_t *n)
{
    uint32_t block = prng_below(&f->random, N_BLOCKS);
    if (prng_one_in(&f->random, 2)) {
        *first = block * SECTORS;
        *n = SECTORS;
        return;
    }
    *first = block * SECTORS + prng_below(&f->random, SECTORS);
    *n = prng_between(&f->random, 1, 16);
    uint32_t end = (block + 1) * SECTORS;
    bool joined = block + 1 < N_BLOCKS && blocks[block + 1] == blocks[block] + 1;
    if (*first + *n > end && !joined)
        *n = end - *first;
}

static uint64_t sector_off(uint32_t sector)
{
    return (uint64_t)blocks[sector / SECTORS] * MIB + sector % SECTORS * SECTOR;
}

static int sectors_write(struct fixture *f, struct blockdev *dev, uint32_t first, uint32_t n,
                         bool zeros, struct error *err)
{
    struct model *model = &f->model;
    uint32_t tag = zeros ? 0 : ++model->action;
    for (uint32_t i = 0; i < n; i++) {
        model->now[first + i] = tag;
        model->zeroed[first + i] |= zeros;
        sector_fill(f->buf + i * SECTOR, tag, first + i);
    }
    uint64_t off = sector_off(first);
    if (zeros && prng_one_in(&f->random, 2))
        return blockdev_zero(dev, (uint64_t)n * SECTOR, off, err);
    return blockdev_pwrite(dev, f->buf, (size_t)n * SECTOR, off, err);
}

/* All that was written is stable now. */
static void model_flush(struct model *model)
{
    memcpy(model->stable, model->now, sizeof(model->stable));
    memset(model->zeroed, 0, sizeof(model->zeroed));
    model->flushed = model->action;
    model->allocated = model->allocated_next;
}

static uint32_t allocated_blocks(struct blockdev *dev)
{
    struct error err = {0};
    uint32_t set = 0;
    for (uint32_t b = 0; b < N_BLOCKS; b++) {
        struct extent extent;
        assert_ok(blockdev_extent(dev, (uint64_t)blocks[b] * MIB, &extent, &err));
        set |= (uint32_t)extent.allocated << b;
    }
    return set;
}

static int flush(struct fixture *f, struct blockdev *dev, struct error *err)
{
    f->model.allocated_next = allocated_blocks(dev);
    if (blockdev_flush(dev, err) < 0)
        return -1;
    model_flush(&f->model);
    return 0;
}

static int finish(struct fixture *f, struct blockdev *dev, struct error *err)
{
    f->model.allocated_next = allocated_blocks(dev);
    if (blockdev_close(dev, err) < 0)
        return -1;
    model_flush(&f->model);
    return 0;
}

static int act(struct fixture *f, struct blockdev *dev, struct error *err)
{
    uint32_t first;
    uint32_t n;
    if (prng_one_in(&f->random, 4))
        return flush(f, dev, err);
    range_choose(f, &first, &n);
    return sectors_write(f, dev, first, n, prng_one_in(&f->random, 2), err);
}

/* ---- what is found ---- */

/* Every sector is as it may be; it is that from now on. */
static void content_look(struct fixture *f, struct blockdev *dev, bool exact)
{
    struct model *model = &f->model;
    struct error err = {0};
    for (uint32_t b = 0; b < N_BLOCKS; b++) {
        assert_ok(blockdev_pread(dev, f->buf, MIB, (uint64_t)blocks[b] * MIB, &err));
        for (uint32_t i = 0; i < SECTORS; i++) {
            uint32_t sector = b * SECTORS + i;
            uint32_t tag = sector_tag(f->buf + i * SECTOR, sector);
            bool good = tag == model->now[sector] || tag == model->stable[sector] ||
                        (tag == 0 && model->zeroed[sector]) ||
                        (tag > model->flushed && tag <= model->action);
            if (!(exact ? tag == model->now[sector] : good))
                fail_msg("sector %" PRIu32 " of block %" PRIu32 ": found %" PRIu32 ", now %" PRIu32
                         ", stable %" PRIu32 ", last flush behind %" PRIu32,
                         i, blocks[b], tag, model->now[sector], model->stable[sector],
                         model->flushed);
            model->now[sector] = tag;
        }
    }
}

/* The same, of what is stable. */
static void content_take(struct fixture *f, struct blockdev *dev, bool exact)
{
    struct model *model = &f->model;
    content_look(f, dev, exact);
    uint32_t allocated = allocated_blocks(dev);
    if (!exact && allocated != model->allocated && allocated != model->allocated_next)
        fail_msg("of the blocks %" PRIx32 " have space; %" PRIx32 " or %" PRIx32 " may", allocated,
                 model->allocated, model->allocated_next);
    model->allocated_next = allocated;
    model_flush(model);
}

/* Returns whether a log waits. */
static bool expect_findings(struct fixture *f, bool warnings)
{
    bool dirty = false;
    struct findings report AUTO_FINDINGS = {0};
    struct error err = {0};
    assert_ok(vhdx_check_medium(&report, medium(f, false), &err));
    assert_true(report.complete);
    for (size_t i = 0; i < report.n; i++) {
        if (!warnings || report.list[i].rule.severity == FINDING_ERROR)
            fail_msg("%s: %s", report.list[i].rule.id, report.list[i].text);
        dirty |= strcmp(report.list[i].rule.id, "log-dirty") == 0;
    }
    return dirty;
}

static void read_and_take(struct fixture *f, bool exact)
{
    struct blockdev *dev AUTO_BLOCKDEV = NULL;
    struct error err = {0};
    assert_ok(vhdx_read_open_medium(&dev, medium(f, false), &err));
    content_take(f, dev, exact);
}

/* ---- tests ---- */

static void restart(struct fixture *f)
{
    memset(&f->model, 0, sizeof(f->model));
    power_file_set(f->file, f->base, f->base_length);
}

static void what_is_written_is_there(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    for (int round = 0; round < 8; round++) {
        struct blockdev *dev;
        if (round % 4 == 0)
            restart(f);
        assert_ok(vhdx_write_open_medium(&dev, medium(f, true), &err));
        for (int i = 0; i < ACTIONS_MAX; i++)
            assert_ok(act(f, dev, &err));
        content_take(f, dev, true);
        assert_ok(blockdev_close(dev, &err));
        expect_findings(f, false);
        read_and_take(f, true);
    }
}

static void power_fails(void **state)
{
    struct fixture *f = *state;
    const char *check = getenv("CHECK");
    int cuts = check && strcmp(check, "full") == 0 ? CUTS_FULL : CUTS;
    int dirty = 0;
    for (int cut = 0; cut < cuts; cut++) {
        struct blockdev *dev AUTO_BLOCKDEV = NULL;
        struct vhdx_repairs repairs;
        struct error err = {0};
        if (cut % GENERATIONS == 0)
            restart(f);
        power_file_fail_at(f->file, prng_between(&f->random, 1, OPERATIONS_MAX));
        int status = vhdx_write_open_medium(&dev, medium(f, true), &err);
        for (int i = 0; i < ACTIONS_MAX && status == 0; i++)
            status = act(f, dev, &err);
        if (status == 0)
            status = finish(f, steal(&dev), &err);
        power_file_restart(f->file, &f->random);

        dirty += expect_findings(f, true);
        read_and_take(f, false);
        /* The repair fails, too, at some moment, and is done again. */
        power_file_fail_at(f->file, prng_between(&f->random, 1, 8));
        if (vhdx_repair_medium(&repairs, medium(f, true), 0, &err) < 0)
            power_file_restart(f->file, &f->random);
        power_file_fail_at(f->file, 0);
        assert_ok(vhdx_repair_medium(&repairs, medium(f, true), 0, &err));
        expect_findings(f, false);
        read_and_take(f, true);
    }
    /* Often enough to mean something. */
    assert_in_range(dirty, cuts / 10, cuts);
}

/* One operation fails, and whoever writes goes on: either everything else works, or nothing is
 * written any more, and the disk is as it may be after a crash. */
static void goes_on_after_a_failure(void **state)
{
    struct fixture *f = *state;
    int failures = 0, ends = 0;
    for (int round = 0; round < STUMBLES; round++) {
        struct error err = {0};
        struct blockdev *dev AUTO_BLOCKDEV = NULL;
        bool ended = false;
        if (round % GENERATIONS == 0)
            restart(f);
        power_file_stumble_at(f->file, prng_between(&f->random, 1, OPERATIONS_MAX));
        /* What the round before left in the log is replayed, which may fail, too. */
        if (vhdx_write_open_medium(&dev, medium(f, true), &err) < 0)
            assert_ok(vhdx_write_open_medium(&dev, medium(f, true), &err));
        for (int i = 0; i < ACTIONS_MAX && !ended; i++) {
            if (act(f, dev, &err) == 0)
                continue;
            assert_int_equal(err.code, ERROR_IO);
            failures++;
            content_look(f, dev, false);
            ended = flush(f, dev, &err) < 0;
        }
        ends += ended;
        if (ended) {
            assert_fails(blockdev_pwrite(dev, f->buf, SECTOR, 0, &err), ERROR_IO, "earlier write");
            assert_fails(blockdev_zero(dev, SECTOR, 0, &err), ERROR_IO, "earlier write");
            assert_fails(blockdev_flush(dev, &err), ERROR_IO, "earlier write");
            assert_fails(blockdev_close(steal(&dev), &err), ERROR_IO, "earlier write");
        } else if (finish(f, steal(&dev), &err) < 0) {
            ended = true;
        }
        expect_findings(f, ended);
        read_and_take(f, !ended);
    }
    /* Both happen. */
    assert_in_range(failures - ends, STUMBLES / 10, STUMBLES);
    assert_in_range(ends, STUMBLES / 10, STUMBLES);
}

/* A process of its own changes the disk, is killed, and leaves what it leaves. */
static void killed(void **state)
{
    struct fixture *f = *state;
    const char *check = getenv("CHECK");
    int kills = check && strcmp(check, "full") == 0 ? KILLS_FULL : KILLS;
    void *directory = NULL;
    struct fixture *shared =
        mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(shared, MAP_FAILED);
    *shared = *f;
    memset(&shared->model, 0, sizeof(shared->model));
    assert_int_equal(scratch_enter(&directory), 0);
    disk_make("disk.vhdx", DISK_MIB);
    for (int i = 0; i < kills; i++) {
        struct blockdev *dev;
        struct vhdx_repairs repairs;
        struct error err = {0};
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            if (disk_open_rw(&dev, "disk.vhdx", NULL) == 0)
                while (act(shared, dev, NULL) == 0)
                    ;
            _exit(1);
        }
        usleep(prng_below(&f->random, KILL_MICROSECONDS));
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);

        assert_ok(disk_open(&dev, "disk.vhdx", &err));
        content_take(shared, dev, false);
        assert_ok(blockdev_close(dev, &err));
        assert_ok(vhdx_repair(&repairs, "disk.vhdx", 0, &err));
        struct findings report AUTO_FINDINGS = {0};
        assert_ok(vhdx_check(&report, "disk.vhdx", &err));
        if (report.n > 0)
            fail_msg("%s: %s", report.list[0].rule.id, report.list[0].text);
        assert_ok(disk_open(&dev, "disk.vhdx", &err));
        content_take(shared, dev, true);
        assert_ok(blockdev_close(dev, &err));
    }
    assert_true(shared->model.action > (uint32_t)kills);
    assert_int_equal(scratch_leave(&directory), 0);
    munmap(shared, sizeof(*shared));
}

/* More pages of the table than one log entry holds, blocks that are given back, and the file's end
 * that goes with them. */
static void many_pages(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    struct blockdev *dev;
    struct vhdx_info info;
    struct findings report AUTO_FINDINGS = {0};
    void *directory = NULL;
    assert_int_equal(scratch_enter(&directory), 0);
    disk_make("disk.vhdx", MANY_PAGES * 512);
    assert_ok(disk_open_rw(&dev, "disk.vhdx", &err));
    memset(f->buf, 'x', SECTOR);
    for (uint64_t page = 0; page < MANY_PAGES; page++)
        assert_ok(blockdev_pwrite(dev, f->buf, SECTOR, page * 512 * MIB, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_ok(vhdx_info(&info, "disk.vhdx", &err));
    assert_int_equal(info.n_allocated, MANY_PAGES);
    uint64_t length = info.file_length;

    assert_ok(disk_open_rw(&dev, "disk.vhdx", &err));
    assert_ok(blockdev_zero(dev, dev->size, 0, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_ok(vhdx_info(&info, "disk.vhdx", &err));
    assert_int_equal(info.n_allocated, 0);
    assert_int_equal(info.file_length, length - MANY_PAGES * (uint64_t)MIB);
    assert_ok(vhdx_check(&report, "disk.vhdx", &err));
    assert_int_equal(report.n, 0);
    assert_int_equal(scratch_leave(&directory), 0);
}

/* One writer at a time, and opening alone changes nothing. */
static void alone(void **state UNUSED)
{
    struct error err = {0};
    struct blockdev *dev;
    struct blockdev *other;
    struct vhdx_info before, after;
    void *directory = NULL;
    assert_int_equal(scratch_enter(&directory), 0);
    disk_make("disk.vhdx", 16);
    assert_ok(vhdx_info(&before, "disk.vhdx", &err));
    assert_ok(disk_open_rw(&dev, "disk.vhdx", &err));
    assert_fails(disk_open_rw(&other, "disk.vhdx", &err), ERROR_BUSY, "is in use");
    assert_ok(blockdev_close(dev, &err));
    assert_ok(vhdx_info(&after, "disk.vhdx", &err));
    assert_true(guid_equal(&before.file_write_id, &after.file_write_id));

    assert_ok(disk_open_rw(&dev, "disk.vhdx", &err));
    assert_ok(blockdev_pwrite(dev, "x", 1, 0, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_ok(vhdx_info(&after, "disk.vhdx", &err));
    assert_false(guid_equal(&before.file_write_id, &after.file_write_id));
    assert_false(guid_equal(&before.data_write_id, &after.data_write_id));
    assert_true(guid_equal(&before.disk_id, &after.disk_id));
    assert_int_equal(scratch_leave(&directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_there),
        cmocka_unit_test(power_fails),
        cmocka_unit_test(goes_on_after_a_failure),
        cmocka_unit_test(killed),
        cmocka_unit_test(many_pages),
        cmocka_unit_test(alone),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
