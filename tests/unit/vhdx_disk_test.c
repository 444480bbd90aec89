/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A VHDX as a block device: what is written while it is made is read back from the finished file.
 */
#include "core/disk.h"
#include "core/le.h"
#include "tests/unit/support.h"
#include "vhdx/vhdx.h"

enum {
    MIB = 1 << 20,
    SYNC_IDENTIFIER = 1, /* what was there at the last fdatasync: "vhdxfile" */
    SYNC_HEADER = 2,     /* "head" */
    BAT_AT = 3 * MIB,
    DATA_AT = 4 * MIB, /* of the first block, in small disks */
};

/* Stands before the C library's, and looks at what has been written before the flush. */
int fdatasync(int fd);
static unsigned seen_at_sync;

int fdatasync(int fd)
{
    char word[8];
    seen_at_sync = 0;
    if (pread(fd, word, 8, 0) == 8 && memcmp(word, "vhdxfile", 8) == 0)
        seen_at_sync |= SYNC_IDENTIFIER;
    if (pread(fd, word, 8, 128 << 10) == 8 && memcmp(word, "head", 4) == 0)
        seen_at_sync |= SYNC_HEADER;
    return fsync(fd);
}

static const char disk_path[] = "disk.vhdx";

struct fixture {
    void *scratch;
    struct atomic_file *file;
    struct blockdev *dev;
    char *buf; /* 8 MiB of bytes that are not 0 */
    char *back;
};

enum {
    BUF_BYTES = 8 * MIB,
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    assert_int_equal(scratch_enter(&f->scratch), 0);
    f->buf = malloc(BUF_BYTES);
    f->back = malloc(BUF_BYTES);
    assert_non_null(f->buf);
    assert_non_null(f->back);
    for (size_t i = 0; i < BUF_BYTES; i++)
        f->buf[i] = (char)(1 + (i * 7 + i / 4096) % 250);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    blockdev_abandon(f->dev);
    atomic_discard(f->file);
    assert_int_equal(scratch_leave(&f->scratch), 0);
    free(f->buf);
    free(f->back);
    free(f);
    return 0;
}

static void make(struct fixture *f, uint64_t size, uint32_t block_size)
{
    struct disk_geometry geometry = {.size = size, .block_size = block_size};
    assert_int_equal(atomic_create(&f->file, disk_path, 0, NULL), 0);
    assert_int_equal(disk_vhdx.create(&f->dev, f->file, &geometry, NULL), 0);
    assert_int_equal(f->dev->size, size);
}

static void finish(struct fixture *f)
{
    assert_int_equal(blockdev_close(steal(&f->dev), NULL), 0);
    assert_int_equal(atomic_commit(steal(&f->file), NULL), 0);
}

/* Finishes the disk and opens it again. */
static void reopen(struct fixture *f)
{
    struct error err = {0};
    finish(f);
    if (disk_open(&f->dev, disk_path, &err) < 0)
        fail_msg("%s", err.text);
}

static void expect(struct fixture *f, uint64_t off, size_t n, const void *bytes)
{
    assert_int_equal(blockdev_pread(f->dev, f->back, n, off, NULL), 0);
    assert_memory_equal(f->back, bytes, n);
}

static void expect_zeros(struct fixture *f, uint64_t off, size_t n)
{
    assert_int_equal(blockdev_pread(f->dev, f->back, n, off, NULL), 0);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(f->back[i], 0);
}

static void expect_extent(struct fixture *f, uint64_t off, uint64_t length, bool allocated)
{
    struct extent extent;
    assert_int_equal(blockdev_extent(f->dev, off, &extent, NULL), 0);
    assert_int_equal(extent.offset, off);
    assert_int_equal(extent.length, length);
    assert_int_equal(extent.allocated, allocated);
}

static uint64_t file_length(void)
{
    struct stat status;
    assert_int_equal(stat(disk_path, &status), 0);
    return (uint64_t)status.st_size;
}

/* Where an entry of the finished file's table points, with its state. */
static uint64_t bat_entry(uint64_t index)
{
    struct le64 entry;
    int fd AUTO_FD = open(disk_path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, &entry, sizeof(entry), (off_t)(BAT_AT + index * 8)), 8);
    return le64_get(entry);
}

static void write_and_read(void **state)
{
    struct fixture *f = *state;
    static const struct {
        uint64_t off;
        size_t n;
    } rows[] = {
        {0, 512},                   /* the first sector */
        {5 * MIB - 3, 2 * MIB + 6}, /* four blocks, two of them partly */
        {9 * MIB, 3 * MIB},         /* whole blocks */
        {20 * MIB - 1, 1},          /* the last byte */
        {6 * MIB + 5, 100},         /* into a block that is there */
    };
    make(f, 20 * MIB, 0);
    for (int finished = 0; finished < 2; finished++) {
        for (size_t i = 0; i < array_length(rows); i++) {
            const char *bytes = f->buf + i * 1000;
            if (!finished)
                assert_int_equal(blockdev_pwrite(f->dev, bytes, rows[i].n, rows[i].off, NULL), 0);
            if (i != 1)
                expect(f, rows[i].off, rows[i].n, bytes);
        }
        expect(f, 5 * MIB - 3, MIB, f->buf + 1000);
        expect_zeros(f, 512, 4 * MIB);
        expect_zeros(f, 12 * MIB, 8 * MIB - 1);
        expect_extent(f, 0, MIB, true);
        expect_extent(f, MIB + 7, 3 * MIB - 7, false);
        expect_extent(f, 4 * MIB, 4 * MIB, true);
        expect_extent(f, 8 * MIB, MIB, false);
        expect_extent(f, 19 * MIB, MIB, true);
        if (!finished)
            reopen(f);
    }
    assert_false(f->dev->writable);
    assert_int_equal(f->dev->size, 20 * MIB);
}

/* Blocks lie in the file in the order in which they were written, and the file ends behind the
 * last one. */
static void order_of_blocks(void **state)
{
    struct fixture *f = *state;
    make(f, 16 * MIB, 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, 1, 9 * MIB, NULL), 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, 2 * MIB, 2 * MIB, NULL), 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, 1, 0, NULL), 0);
    finish(f);
    assert_int_equal(bat_entry(9), DATA_AT | 6);
    assert_int_equal(bat_entry(2), (DATA_AT + MIB) | 6);
    assert_int_equal(bat_entry(3), (DATA_AT + 2 * MIB) | 6);
    assert_int_equal(bat_entry(0), (DATA_AT + 3 * MIB) | 6);
    assert_int_equal(bat_entry(1), 2);  /* ZERO */
    assert_int_equal(bat_entry(16), 0); /* the sector bitmap */
    assert_int_equal(file_length(), DATA_AT + 4 * MIB);
}

/* One transfer over blocks that are neighbours on the disk and strangers in the file. */
static void scattered_blocks(void **state)
{
    struct fixture *f = *state;
    static const uint64_t order[] = {5, 3, 4, 1};
    make(f, 16 * MIB, 0);
    for (size_t i = 0; i < array_length(order); i++)
        assert_int_equal(blockdev_pwrite(f->dev, "x", 1, order[i] * MIB, NULL), 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, 6 * MIB, MIB, NULL), 0);
    expect(f, MIB, 6 * MIB, f->buf);
    reopen(f);
    expect(f, MIB, 6 * MIB, f->buf);
    expect_extent(f, MIB, 6 * MIB, true);
}

static void sector_bitmap_between(void **state)
{
    struct fixture *f = *state;
    make(f, UINT64_C(4097) * MIB, 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, 2 * MIB, UINT64_C(4095) * MIB, NULL), 0);
    reopen(f);
    expect(f, UINT64_C(4095) * MIB, 2 * MIB, f->buf);
    expect_extent(f, 0, UINT64_C(4095) * MIB, false);
    expect_extent(f, UINT64_C(4095) * MIB, 2 * MIB, true);
    assert_int_equal(bat_entry(4095), DATA_AT | 6);
    assert_int_equal(bat_entry(4096), 0);
    assert_int_equal(bat_entry(4097), (DATA_AT + MIB) | 6);
}

static void zeros_are_not_stored(void **state)
{
    struct fixture *f = *state;
    make(f, 16 * MIB, 2 * MIB);
    memset(f->back, 0, BUF_BYTES);
    assert_int_equal(blockdev_pwrite(f->dev, f->back, 8 * MIB, 0, NULL), 0);
    assert_int_equal(blockdev_zero(f->dev, 8 * MIB, 8 * MIB, NULL), 0);
    expect_extent(f, 0, 16 * MIB, false);
    finish(f);
    assert_int_equal(file_length(), DATA_AT);
}

static void zero_gives_up_space(void **state)
{
    struct fixture *f = *state;
    make(f, 16 * MIB, 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, 4 * MIB, 0, NULL), 0);
    assert_int_equal(blockdev_zero(f->dev, 2 * MIB, MIB / 2, NULL), 0);
    reopen(f);
    expect(f, 0, MIB / 2, f->buf);
    expect_zeros(f, MIB / 2, 2 * MIB);
    expect(f, 2 * MIB + MIB / 2, MIB + MIB / 2, f->buf + 2 * MIB + MIB / 2);
}

/* A partial last block: the disk ends inside it, the file does not. */
static void large_blocks(void **state)
{
    struct fixture *f = *state;
    make(f, 33 * MIB, 32 * MIB);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, MIB, 32 * MIB, NULL), 0);
    reopen(f);
    expect_extent(f, 0, 32 * MIB, false);
    expect_extent(f, 32 * MIB, MIB, true);
    expect(f, 32 * MIB, MIB, f->buf);
    assert_int_equal(file_length(), DATA_AT + 32 * MIB);
}

/* At no flush before the end does the file look like a VHDX, and at the one in close() all but the
 * identifier is there. */
static void identifier_comes_last(void **state)
{
    struct fixture *f = *state;
    make(f, 16 * MIB, 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, MIB, 0, NULL), 0);
    assert_int_equal(blockdev_flush(f->dev, NULL), 0);
    assert_int_equal(seen_at_sync, 0);
    assert_int_equal(blockdev_close(steal(&f->dev), NULL), 0);
    assert_int_equal(seen_at_sync, SYNC_HEADER);
    char word[8];
    assert_int_equal(pread(f->file->fd, word, 8, 0), 8);
    assert_memory_equal(word, "vhdxfile", 8);
}

static void digest_of(struct fixture *f, const struct sha256 *identity, struct sha256 *out)
{
    struct digest *digest AUTO_DIGEST = NULL;
    make(f, 16 * MIB, 0);
    if (identity)
        assert_int_equal(blockdev_identify(f->dev, identity, NULL), 0);
    finish(f);
    int fd AUTO_FD = open(disk_path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(pread(fd, f->back, DATA_AT, 0), DATA_AT);
    assert_int_equal(digest_new(&digest, NULL), 0);
    assert_int_equal(digest_update(digest, f->back, DATA_AT, NULL), 0);
    assert_int_equal(digest_finish(digest, out, NULL), 0);
    unlink(disk_path);
}

static void identifiers(void **state)
{
    struct fixture *f = *state;
    static const struct sha256 one = {{1}}, two = {{2}};
    struct sha256 first, again, other, random, random_again;
    digest_of(f, &one, &first);
    digest_of(f, &one, &again);
    digest_of(f, &two, &other);
    digest_of(f, NULL, &random);
    digest_of(f, NULL, &random_again);
    assert_true(sha256_equal(&first, &again));
    assert_false(sha256_equal(&first, &other));
    assert_false(sha256_equal(&random, &random_again));
}

static void identifiers_differ(void **state)
{
    struct fixture *f = *state;
    static const struct sha256 identity = {{7}};
    struct vhdx_info info;
    make(f, 16 * MIB, 0);
    assert_int_equal(blockdev_identify(f->dev, &identity, NULL), 0);
    finish(f);
    assert_int_equal(vhdx_info(&info, disk_path, NULL), 0);
    assert_false(guid_equal(&info.disk_id, &info.file_write_id));
    assert_false(guid_equal(&info.disk_id, &info.data_write_id));
    assert_false(guid_equal(&info.file_write_id, &info.data_write_id));
    assert_string_equal(info.creator, "lxkit " LXKIT_VERSION);
}

static void reading_disk_is_not_written(void **state)
{
    struct fixture *f = *state;
    struct error err = {0};
    make(f, 16 * MIB, 0);
    reopen(f);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, 1, 0, &err), -1);
    assert_int_equal(err.code, ERROR_INTERNAL);
    assert_int_equal(blockdev_pread(f->dev, f->back, 2, 16 * MIB - 1, &err), -1);
    assert_int_equal(err.code, ERROR_INTERNAL);
}

static void huge_disk(void **state)
{
    struct fixture *f = *state;
    uint64_t last = VHDX_SIZE_MAX - MIB;
    make(f, VHDX_SIZE_MAX, 0);
    assert_int_equal(blockdev_pwrite(f->dev, f->buf, MIB, last, NULL), 0);
    expect_extent(f, last, MIB, true);
    reopen(f);
    expect(f, last, MIB, f->buf);
    expect_zeros(f, last - MIB, MIB);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(write_and_read),
        TEST(order_of_blocks),
        TEST(scattered_blocks),
        TEST(sector_bitmap_between),
        TEST(zeros_are_not_stored),
        TEST(zero_gives_up_space),
        TEST(large_blocks),
        TEST(identifier_comes_last),
        TEST(identifiers),
        TEST(identifiers_differ),
        TEST(reading_disk_is_not_written),
        TEST(huge_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
