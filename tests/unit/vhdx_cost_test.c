/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much of a large disk's file is read until its first bytes are there. */
#include "tests/unit/support.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_format.h"
#include "vhdx/vhdx_read.h"

enum {
    DISK_GIB = 1024,
    BAT_PAGE = 64 << 10,
    OPEN_BYTES_MAX = 16 << 10, /* 64 KiB are asked for; a region table alone has as many */
    TABLE_TAIL = 60000,        /* a byte of a region table behind all of its entries */
};

#define GIB (UINT64_C(1) << 30)

/* A medium that counts what is read from the one below. */
struct counter {
    struct vhdx_medium medium;
    struct vhdx_medium *inner;
    uint64_t *bytes; /* the test's */
};

static int counter_read(struct vhdx_medium *self, void *buf, size_t n, uint64_t off,
                        struct error *err)
{
    struct counter *counter = (struct counter *)self;
    *counter->bytes += n;
    return vhdx_medium_read(counter->inner, buf, n, off, err);
}

static void counter_close(struct vhdx_medium *self)
{
    vhdx_medium_close(((struct counter *)self)->inner);
    free(self);
}

static const struct vhdx_medium_ops counter_ops = {
    .read = counter_read,
    .close = counter_close,
};

static struct blockdev *open_counted(const char *path, uint64_t *bytes)
{
    struct error err = {0};
    struct blockdev *dev;
    struct counter *counter = calloc(1, sizeof(*counter));
    assert_non_null(counter);
    assert_ok(vhdx_medium_open(&counter->inner, path, VHDX_READ_ONLY, &err));
    counter->medium = *counter->inner;
    counter->medium.ops = &counter_ops;
    counter->bytes = bytes;
    assert_ok(vhdx_read_open_medium(&dev, &counter->medium, &err));
    return dev;
}

static void a_large_disk_is_opened_at_once(void **state UNUSED)
{
    struct error err = {0};
    struct disk_geometry geometry = {.size = DISK_GIB * GIB};
    uint64_t bytes = 0;
    char byte;
    assert_ok(vhdx_create("disk.vhdx", &geometry, &err));

    struct blockdev *dev AUTO_BLOCKDEV = open_counted("disk.vhdx", &bytes);
    assert_int_equal(dev->size, geometry.size);
    assert_in_range(bytes, 1, OPEN_BYTES_MAX);

    bytes = 0;
    assert_ok(blockdev_pread(dev, &byte, 1, DISK_GIB / 2 * GIB, &err));
    assert_int_equal(bytes, BAT_PAGE);
    assert_ok(blockdev_pread(dev, &byte, 1, DISK_GIB / 2 * GIB + GIB, &err));
    assert_int_equal(bytes, BAT_PAGE);
    assert_int_equal(byte, 0);
}

/* A region table is not zero where nobody looks, and its checksum says so. */
static void a_full_region_table_is_read_whole(void **state UNUSED)
{
    struct error err = {0};
    struct disk_geometry geometry = {.size = GIB};
    uint8_t table[VHDX_TABLE_BYTES];
    uint64_t bytes = 0;
    assert_ok(vhdx_create("disk.vhdx", &geometry, &err));

    int fd AUTO_FD = open("disk.vhdx", O_RDWR | O_CLOEXEC);
    assert_int_equal(pread(fd, table, sizeof(table), VHDX_REGION_TABLE_1), sizeof(table));
    table[TABLE_TAIL] = 1;
    memset(table + offsetof(struct vhdx_region_table_disk, checksum), 0, sizeof(struct le32));
    struct le32 checksum = le32_put(vhdx_checksum(table, sizeof(table)));
    memcpy(table + offsetof(struct vhdx_region_table_disk, checksum), &checksum, sizeof(checksum));
    assert_int_equal(pwrite(fd, table, sizeof(table), VHDX_REGION_TABLE_1), sizeof(table));

    struct blockdev *dev AUTO_BLOCKDEV = open_counted("disk.vhdx", &bytes);
    assert_int_equal(dev->size, geometry.size);
    assert_in_range(bytes, VHDX_TABLE_BYTES, VHDX_TABLE_BYTES + OPEN_BYTES_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_large_disk_is_opened_at_once, scratch_enter,
                                        scratch_leave),
        cmocka_unit_test_setup_teardown(a_full_region_table_is_read_whole, scratch_enter,
                                        scratch_leave),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
