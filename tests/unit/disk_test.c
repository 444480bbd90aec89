/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The table of disk containers: by name, by ending, by content. */
#include "core/disk.h"

#include "tests/unit/support.h"

static void test_names(void **state UNUSED)
{
    assert_ptr_equal(disk_by_name("raw"), &disk_raw);
    assert_ptr_equal(disk_by_name("vhdx"), &disk_vhdx);
    assert_null(disk_by_name("qcow2"));
    assert_null(disk_by_name(""));
}

static void test_suffixes(void **state UNUSED)
{
    static const struct {
        const char *path;
        const struct disk_driver *driver;
    } rows[] = {
        {"a.img", &disk_raw},   {"d/a.raw", &disk_raw},
        {"A.IMG", &disk_raw},   {"a.vhdx", &disk_vhdx},
        {"A.VhdX", &disk_vhdx}, {"a.img.gz", NULL},
        {"img", NULL},          {".img", NULL},
        {"a.imgx", NULL},       {"", NULL},
    };
    for (size_t i = 0; i < array_length(rows); i++)
        assert_ptr_equal(disk_by_suffix(rows[i].path), rows[i].driver);
}

static void test_open(void **state UNUSED)
{
    struct error err;
    struct blockdev *dev;
    char text[5];
    file_make("plain", "plain", 5);
    file_make("empty", "", 0);
    file_make("broken", "vhdxfile", 8);
    assert_ok(disk_open(&dev, "plain", &err));
    assert_true(dev->size == 5 && !dev->writable);
    assert_ok(blockdev_pread(dev, text, 5, 0, &err));
    assert_memory_equal(text, "plain", 5);
    assert_ok(blockdev_close(dev, &err));
    assert_ok(disk_open(&dev, "empty", &err));
    assert_ok(blockdev_close(dev, &err));
    assert_fails(disk_open(&dev, "broken", &err), err.code, "broken");
    assert_fails(disk_open(&dev, "missing", &err), ERROR_NOT_FOUND, "missing");
}

static void test_create(void **state UNUSED)
{
    struct error err;
    struct blockdev *dev;
    struct atomic_file *file;
    assert_ok(atomic_create(&file, "new.img", ATOMIC_NO_SYNC, &err));
    assert_ok(disk_raw.create(&dev, file, &(struct disk_geometry){.size = 8192}, &err));
    assert_ok(blockdev_pwrite(dev, "end", 3, 8189, &err));
    assert_ok(blockdev_close(dev, &err));
    assert_ok(atomic_commit(file, &err));
    struct stat st;
    assert_int_equal(stat("new.img", &st), 0);
    assert_int_equal(st.st_size, 8192);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_suffixes),
        cmocka_unit_test(test_open),
        cmocka_unit_test(test_create),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
