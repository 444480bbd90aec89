/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Inode flags of directories as trees, the map of a file's holes, and what lies in its own input.
 */
#include <linux/fs.h>
#include <sys/ioctl.h>

#include "image/directory/directory_remove.h"
#include "image/directory/directory_sink.h"
#include "image/directory/directory_source.h"
#include "image/inside.h"
#include "tests/unit/directory_support.h"

#define OWN .uid = geteuid(), .gid = getegid()

static unsigned flags_of(const char *path)
{
    unsigned flags = 0;
    int fd AUTO_FD = open(path, O_RDONLY | O_NONBLOCK);
    assert_true(fd >= 0);
    return ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0 ? 0 : flags;
}

static bool flags_put(const char *path, unsigned flags)
{
    int fd AUTO_FD = open(path, O_RDONLY | O_NONBLOCK);
    unsigned before;
    if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &before) < 0)
        return false;
    flags |= before & ~(unsigned)(FS_IMMUTABLE_FL | FS_APPEND_FL | FS_NODUMP_FL);
    return ioctl(fd, FS_IOC_SETFLAGS, &flags) == 0;
}

/* Whether this user may set all flags on this file system. */
static bool flags_work(void)
{
    file_make("probe", "", 0);
    bool work = geteuid() == 0 && flags_put("probe", FS_IMMUTABLE_FL) && flags_put("probe", 0);
    return unlink("probe") == 0 && work;
}

static const struct entry rows[] = {
    {.path = "", .type = ENTRY_DIRECTORY, .mode = 0755, .flags = ENTRY_IMMUTABLE},
    {.path = "d", .type = ENTRY_DIRECTORY, .mode = 0755, .flags = ENTRY_APPEND | ENTRY_SYNC_NAMES},
    {.path = "d/e", .type = ENTRY_DIRECTORY, .mode = 0, .flags = ENTRY_IMMUTABLE},
    {.path = "d/e/f", .target = "x", .mode = 0, .flags = ENTRY_IMMUTABLE | ENTRY_NO_DUMP},
    {.path = "d/e/g", .target = "y", .mode = 0644, .flags = ENTRY_APPEND | ENTRY_NO_ATIME},
    {.path = "d/again", .type = ENTRY_LINK, .target = "d/e/g"},
};

static int make(const struct entry *list, size_t n, const char *path, struct heard *heard,
                struct error *err)
{
    struct sink *sink AUTO_SINK = NULL;
    struct table_source source = table_source(list, n);
    const struct sink_options options = {.events = &heard->events, .no_sync = true};
    if (directory_sink(&sink, path, &options, err) < 0)
        return -1;
    return image_copy(&source.source, sink, err);
}

static void flags_are_set_last_and_read_back(void **state UNUSED)
{
    struct heard heard = {.events = {.report = heard_report}};
    struct error err = {0};
    const struct entry *entry;
    if (!flags_work())
        skip();
    assert_ok(make(rows, array_length(rows), "out", &heard, &err));
    assert_quiet(&heard);
    assert_int_equal(flags_of("out/d/e/f") & FS_FL_USER_VISIBLE & ~(unsigned)FS_EXTENT_FL,
                     FS_IMMUTABLE_FL | FS_NODUMP_FL);
    assert_true(flags_of("out") & FS_IMMUTABLE_FL);
    assert_int_equal(unlink("out/d/e/f"), -1);

    {
        AUTO_SOURCE struct source *source = NULL;
        assert_ok(directory_source(&source, "out", NULL, &err));
        const unsigned expected[] = {rows[0].flags, rows[1].flags, rows[4].flags,
                                     rows[2].flags, rows[3].flags, 0};
        for (size_t i = 0; i < array_length(expected); i++) {
            assert_int_equal(source_next(source, &entry, &err), 1);
            assert_int_equal(entry->flags, expected[i]);
        }
    }
    assert_int_equal(directory_remove(AT_FDCWD, "out"), 0);
    assert_int_equal(access("out", F_OK), -1);
}

/* Its name is taken meanwhile: everything that cannot be changed any more goes all the same. */
static void what_was_sealed_goes_on_failure(void **state UNUSED)
{
    struct error err = {0};
    struct table_source source = table_source(rows, array_length(rows));
    struct sink *sink;
    if (!flags_work())
        skip();
    assert_int_equal(mkdir("place", 0755), 0);
    assert_ok(directory_sink(&sink, "place/late", &(struct sink_options){.no_sync = true}, &err));
    assert_int_equal(mkdir("place/late", 0755), 0);
    assert_fails(image_copy(&source.source, sink, &err), ERROR_EXISTS, "late");
    sink_close(sink);
    assert_int_equal(rmdir("place/late"), 0);
    assert_int_equal(rmdir("place"), 0);
}

static void others_are_told_what_flags_they_lose(void **state UNUSED)
{
    static const char content[] = "x";
    struct heard heard = {.events = {.report = heard_report}};
    struct error err = {0};
    const struct entry own[] = {
        {.path = "", .type = ENTRY_DIRECTORY, .mode = 0755, OWN},
        {.path = "f", .target = content, .mode = 0, .flags = ENTRY_IMMUTABLE, OWN},
    };
    if (geteuid() == 0)
        skip();
    assert_ok(make(own, array_length(own), "mine", &heard, &err));
    assert_heard(&heard, "f: flags schg (");
    assert_int_equal(chmod("mine/f", 0600), 0);
    assert_false(flags_of("mine/f") & FS_IMMUTABLE_FL);
}

/* ---- holes ---- */

static void the_map_is_what_is_read(void **state UNUSED)
{
    struct error err = {0};
    const struct entry *entry;
    const struct data_extent *map;
    struct content piece;
    size_t n;

    assert_int_equal(mkdir("holes", 0755), 0);
    {
        int fd AUTO_FD = open("holes/f", O_WRONLY | O_CREAT, 0600);
        assert_int_equal(pwrite(fd, "a", 1, 1 << 20), 1);
        assert_int_equal(pwrite(fd, "b", 1, 9 << 20), 1);
        assert_int_equal(ftruncate(fd, 20 << 20), 0);
    }
    AUTO_SOURCE struct source *source = NULL;
    assert_ok(directory_source(&source, "holes", NULL, &err));
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_int_equal(source_next(source, &entry, &err), 1);
    assert_int_equal(source_map(source, &map, &n, &err), 1);
    if (n == 1 && map[0].length == 20 << 20)
        skip(); /* a file system without holes */
    assert_int_equal(n, 2);
    const struct data_extent runs[] = {map[0], map[1]};
    for (size_t i = 0; i < array_length(runs); i++) {
        const struct data_extent run = runs[i];
        assert_in_range(i == 0 ? 1 << 20 : 9 << 20, run.offset, run.offset + run.length - 1);
        for (uint64_t at = run.offset; at < run.offset + run.length; at += piece.n) {
            assert_int_equal(source_content(source, &piece, &err), 1);
            assert_int_equal(piece.offset, at);
        }
    }
    assert_int_equal(source_content(source, &piece, &err), 0);
}

static void an_output_in_its_input_is_refused(void **state UNUSED)
{
    struct error err = {0};
    assert_int_equal(mkdir("in", 0755), 0);
    assert_int_equal(mkdir("in/a", 0755), 0);
    assert_int_equal(mkdir("in-side", 0755), 0);
    assert_int_equal(symlink("in/a", "link"), 0);
    file_make("file", "", 0);
    assert_fails(inside_refuse("in", "in/out", &err), ERROR_USAGE, "in/out lies in");
    assert_fails(inside_refuse("in", "in/out///", &err), ERROR_USAGE, "lies in");
    assert_fails(inside_refuse("in/", "in/a/out.tar", &err), ERROR_USAGE, "lies in");
    assert_fails(inside_refuse("in", "link/out", &err), ERROR_USAGE, "lies in");
    assert_fails(inside_refuse(".", "out", &err), ERROR_USAGE, "lies in");
    assert_ok(inside_refuse("in", "in-side/out", &err));
    assert_ok(inside_refuse("in/a", "in/out", &err));
    assert_ok(inside_refuse("in", "out", &err));
    assert_ok(inside_refuse("in", "in/missing/out", &err));
    assert_ok(inside_refuse("in", "-", &err));
    assert_ok(inside_refuse("file", "out", &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(flags_are_set_last_and_read_back),
        cmocka_unit_test(what_was_sealed_goes_on_failure),
        cmocka_unit_test_setup_teardown(others_are_told_what_flags_they_lose, other_enter,
                                        other_leave),
        cmocka_unit_test_setup_teardown(the_map_is_what_is_read, scratch_enter, scratch_leave),
        cmocka_unit_test_setup_teardown(an_output_in_its_input_is_refused, scratch_enter,
                                        scratch_leave),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
