/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks: raw, in memory, behind a thread, and the one that fails. */
#include "core/blockdev.h"

#include "tests/unit/support.h"

enum {
    SIZE = 3 * 1024 * 1024 + 512,
    ROUNDS = 2000,
    WRITE_MAX = 200 * 1024,
};

/* A disk that can be written, of any kind. */
struct disk {
    struct blockdev *dev;
    struct atomic_file *file; /* below a raw one */
};

static int raw_create(struct disk *disk, uint64_t size, struct error *err)
{
    if (atomic_create(&disk->file, "raw", ATOMIC_REPLACE, err) < 0)
        return -1;
    return blockdev_create_raw(&disk->dev, disk->file, size, err);
}

static int memory_create(struct disk *disk, uint64_t size, struct error *err)
{
    return blockdev_create_memory(&disk->dev, size, err);
}

static int behind_create(struct disk *disk, uint64_t size, struct error *err)
{
    struct blockdev *inner;
    if (blockdev_create_memory(&inner, size, err) < 0)
        return -1;
    return blockdev_write_behind(&disk->dev, inner, err);
}

static int behind_raw_create(struct disk *disk, uint64_t size, struct error *err)
{
    if (raw_create(disk, size, err) < 0)
        return -1;
    return blockdev_write_behind(&disk->dev, steal(&disk->dev), err);
}

static int faultless_create(struct disk *disk, uint64_t size, struct error *err)
{
    struct blockdev *inner;
    if (blockdev_create_memory(&inner, size, err) < 0)
        return -1;
    return blockdev_faulty(&disk->dev, inner, UINT64_MAX, err);
}

static int (*const kinds[])(struct disk *, uint64_t, struct error *) = {
    raw_create, memory_create, behind_create, behind_raw_create, faultless_create,
};

/* Extents cover the disk without a gap, and what they call a hole reads as zeros. */
static void check_extents(struct blockdev *dev, const uint8_t *model)
{
    struct error err;
    struct extent extent;
    for (uint64_t off = 0; off < dev->size; off += extent.length) {
        assert_ok(blockdev_extent(dev, off, &extent, &err));
        assert_true(extent.offset == off);
        assert_true(extent.length > 0 && extent.length <= dev->size - off);
        for (uint64_t i = 0; !extent.allocated && i < extent.length; i++)
            assert_int_equal(model[off + i], 0);
    }
}

static void check_content(struct blockdev *dev, const uint8_t *model)
{
    struct error err;
    uint8_t *bytes AUTO_FREE = malloc(SIZE);
    assert_non_null(bytes);
    assert_ok(blockdev_pread(dev, bytes, SIZE, 0, &err));
    assert_memory_equal(bytes, model, SIZE);
}

/* Random writes, zeroes and reads, against an array. Half the writes go on where the last ended. */
static void scribble(struct blockdev *dev, uint8_t *model, unsigned seed)
{
    struct error err;
    uint8_t *bytes AUTO_FREE = malloc(WRITE_MAX);
    size_t off = 0;
    assert_non_null(bytes);
    srandom(seed);
    for (int i = 0; i < ROUNDS; i++) {
        if (random() % 2 || off == SIZE)
            off = (size_t)random() % SIZE;
        size_t n = (size_t)random() % (random() % 8 ? 5000 : WRITE_MAX);
        if (n > SIZE - off)
            n = SIZE - off;
        switch (random() % 16) {
        case 0:
            assert_ok(blockdev_zero(dev, n, off, &err));
            memset(model + off, 0, n);
            break;
        case 1:
            assert_ok(blockdev_pread(dev, bytes, n, off, &err));
            assert_memory_equal(bytes, model + off, n);
            break;
        default:
            memset(bytes, (int)random(), n);
            assert_ok(blockdev_pwrite(dev, bytes, n, off, &err));
            memcpy(model + off, bytes, n);
            memset(bytes, 0xee, n); /* the disk has its own copy */
        }
        off += n;
    }
}

static void test_random(void **state UNUSED)
{
    struct error err;
    for (size_t kind = 0; kind < array_length(kinds); kind++) {
        struct disk disk = {0};
        uint8_t *model AUTO_FREE = calloc(1, SIZE);
        assert_non_null(model);
        assert_ok(kinds[kind](&disk, SIZE, &err));
        assert_true(disk.dev->size == SIZE && disk.dev->writable);
        check_content(disk.dev, model);
        scribble(disk.dev, model, 1 + (unsigned)kind);
        assert_ok(blockdev_flush(disk.dev, &err));
        check_content(disk.dev, model);
        check_extents(disk.dev, model);
        assert_ok(blockdev_close(disk.dev, &err));
        atomic_discard(disk.file);
    }
}

static void test_ranges(void **state UNUSED)
{
    static const struct {
        uint64_t off, n;
        bool fine;
    } rows[] = {
        {0, 1, true},         {SIZE - 1, 1, true},  {SIZE, 0, true},        {SIZE, 1, false},
        {SIZE - 1, 2, false}, {SIZE + 1, 0, false}, {UINT64_MAX, 2, false}, {1, SIZE, false},
    };
    struct error err;
    uint8_t byte[2] = {0};
    for (size_t kind = 0; kind < array_length(kinds); kind++) {
        struct disk disk = {0};
        struct extent extent;
        assert_ok(kinds[kind](&disk, SIZE, &err));
        for (size_t i = 0; i < array_length(rows); i++) {
            int expected = rows[i].fine ? 0 : -1;
            size_t n = (size_t)rows[i].n;
            assert_int_equal(blockdev_pwrite(disk.dev, byte, n, rows[i].off, &err), expected);
            assert_int_equal(blockdev_pread(disk.dev, byte, n, rows[i].off, &err), expected);
            assert_int_equal(blockdev_zero(disk.dev, n, rows[i].off, &err), expected);
        }
        assert_fails(blockdev_extent(disk.dev, SIZE, &extent, &err), ERROR_INTERNAL, "beyond");
        blockdev_abandon(disk.dev);
        atomic_discard(disk.file);
    }
    blockdev_abandon(NULL);
}

/* A file with holes, read back through its name. */
static void test_open_raw(void **state UNUSED)
{
    struct error err;
    struct atomic_file *file;
    struct blockdev *dev;
    struct extent extent;
    uint8_t byte = 7;
    assert_ok(atomic_create(&file, "disk", 0, &err));
    assert_ok(blockdev_create_raw(&dev, file, 1 << 30, &err));
    assert_ok(blockdev_pwrite(dev, &byte, 1, 1 << 29, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_ok(atomic_commit(file, &err));

    assert_ok(blockdev_open_raw(&dev, "disk", &err));
    assert_true(dev->size == 1 << 30 && !dev->writable);
    assert_ok(blockdev_extent(dev, 0, &extent, &err));
    assert_true(!extent.allocated && extent.length == 1 << 29);
    assert_ok(blockdev_extent(dev, 1 << 29, &extent, &err));
    assert_true(extent.allocated && extent.length < 1 << 20);
    assert_ok(blockdev_extent(dev, extent.offset + extent.length, &extent, &err));
    assert_true(!extent.allocated && extent.offset + extent.length == 1 << 30);
    byte = 0;
    assert_ok(blockdev_pread(dev, &byte, 1, 1 << 29, &err));
    assert_int_equal(byte, 7);
    assert_fails(blockdev_pwrite(dev, &byte, 1, 0, &err), ERROR_INTERNAL, "open for reading");
    assert_fails(blockdev_zero(dev, 1, 0, &err), ERROR_INTERNAL, "open for reading");
    assert_int_equal(truncate("disk", 10), 0);
    assert_fails(blockdev_pread(dev, &byte, 1, 1 << 29, &err), ERROR_DAMAGED, "read disk");
    assert_ok(blockdev_close(dev, &err));
}

static void test_refused(void **state UNUSED)
{
    struct error err;
    struct blockdev *dev;
    struct atomic_file *file;
    assert_int_equal(mkfifo("fifo", 0666), 0);
    assert_fails(blockdev_open_raw(&dev, "missing", &err), ERROR_NOT_FOUND, "open missing");
    assert_fails(blockdev_open_raw(&dev, ".", &err), ERROR_WRONG_KIND, "this is no disk");
    assert_fails(blockdev_open_raw(&dev, "fifo", &err), ERROR_WRONG_KIND, "this is no disk");
    assert_ok(atomic_create(&file, "huge", 0, &err));
    assert_fails(blockdev_create_raw(&dev, file, UINT64_MAX, &err), ERROR_NO_SPACE, "huge");
    atomic_discard(file);
}

static void test_no_space(void **state UNUSED)
{
    struct error err;
    struct blockdev *dev;
    struct atomic_file full = {.path = (char[]){"full"}, .sync = true};
    uint8_t bytes[512] = {1};
    int real AUTO_FD = open("/dev/full", O_RDWR);
    struct atomic_file *file;
    if (real < 0)
        skip();
    assert_ok(atomic_create(&file, "full", 0, &err));
    full.fd = file->fd;
    assert_ok(blockdev_create_raw(&dev, &full, 4096, &err));
    assert_true(dup2(real, file->fd) >= 0);
    assert_fails(blockdev_pwrite(dev, bytes, sizeof(bytes), 0, &err), ERROR_NO_SPACE, "write full");
    blockdev_abandon(dev);
    atomic_discard(file);
}

/* A terabyte costs nothing until it is written. */
static void test_memory_large(void **state UNUSED)
{
    struct error err;
    struct blockdev *dev;
    struct extent extent;
    uint8_t byte = 1;
    assert_ok(blockdev_create_memory(&dev, 1ull << 40, &err));
    assert_ok(blockdev_pwrite(dev, &byte, 1, (1ull << 40) - 1, &err));
    assert_ok(blockdev_extent(dev, 5, &extent, &err));
    assert_true(!extent.allocated && extent.offset + extent.length == (1ull << 40) - 65536);
    assert_ok(blockdev_close(dev, &err));
    assert_ok(blockdev_create_memory(&dev, 0, &err));
    assert_ok(blockdev_close(dev, &err));
}

static void test_faulty(void **state UNUSED)
{
    struct error err;
    struct blockdev *dev;
    uint8_t bytes[4] = {1, 2, 3, 4};
    for (uint64_t n = 1; n <= 4; n++) {
        assert_ok(blockdev_create_memory(&dev, 4, &err));
        assert_ok(blockdev_faulty(&dev, dev, n, &err));
        for (uint64_t i = 1; i <= 5; i++) {
            int rc =
                i % 2 ? blockdev_pwrite(dev, bytes, 4, 0, &err) : blockdev_zero(dev, 4, 0, &err);
            assert_int_equal(rc, i == n ? -1 : 0);
        }
        assert_ok(blockdev_close(dev, &err));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),   cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_open_raw), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_space), cmocka_unit_test(test_memory_large),
        cmocka_unit_test(test_faulty),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
