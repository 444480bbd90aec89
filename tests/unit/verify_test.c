/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading back: what a target was told to lose is no difference, anything else is. */
#include "image/verify.h"

#include "core/kind.h"
#include "image/tar/tar_sink.h"
#include "tests/unit/list_source.h"
#include "tests/unit/support.h"

static const struct xattr odd[] = {
    {"user.Capital", "v", 1}, {"system.odd", "v", 1}, {"user.plain", "v", 1}};

/* Something that each of the formats loses. */
static const struct list_member lossy[] = {
    LIST_ENTRY(.path = "", .type = ENTRY_DIRECTORY, .mode = 0755),
    LIST_FILE("text", .path = "old", .mode = 0644, .mtime = {-12000000000, 7},
              .flags = ENTRY_NO_DUMP, .xattrs = odd, .n_xattrs = array_length(odd)),
    LIST_ENTRY(.path = "new", .type = ENTRY_FIFO, .mode = 0644, .mtime = {INT64_C(1) << 35, 5}),
    LIST_ENTRY(.path = "a\xff", .type = ENTRY_FIFO, .uid = 7, .gid = 3),
};

static void archive_make(const char *path, const struct list_member *members, size_t n)
{
    struct list_source list = list_source(members, n);
    struct error err = {0};
    int fd AUTO_FD = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    AUTO_SINK struct sink *sink = NULL;

    assert_true(fd >= 0);
    assert_ok(tar_sink(&sink, fd, path, KIND_TAR, &(struct sink_options){0}, &err));
    assert_ok(image_copy(&list.source, sink, &err));
}

static struct image_target target_of(const char *format, bool no_carrier)
{
    bool disk = strcmp(format, "tar") != 0 && strcmp(format, "dir") != 0;
    return (struct image_target){
        .path = "out",
        .format = format,
        .container = disk ? "raw" : NULL,
        .size = disk ? 16 << 20 : 0,
        .no_carrier = no_carrier,
        .no_sync = true,
    };
}

static const struct row {
    const char *format;
    bool no_carrier;
} rows[] = {{"ext4", false}, {"ntfs", false}, {"ntfs", true}, {"tar", false}, {"dir", false}};

/* What comes back is what was to come back. */
static void losses_are_no_differences(void **state UNUSED)
{
    archive_make("in.tar", lossy,
                 array_length(lossy) - (geteuid() != 0)); /* whose owner is root's */
    for (size_t i = 0; i < array_length(rows); i++) {
        const struct image_target target = target_of(rows[i].format, rows[i].no_carrier);
        AUTO_VERIFY struct verify verify = {.events = {0}};
        struct error err = {0};
        if (strcmp(target.format, "dir") == 0)
            archive_make("in.tar", lossy + 2, 1); /* the rest is a matter of the file system */
        if (verify_open(&verify, "in.tar", &target, NULL, &err) < 0 ||
            image_build("in.tar", &target, &verify.events, &err) < 0 ||
            verify_read(&verify, &err) < 0)
            fail_msg("%s%s: [%s] %s", target.format, target.no_carrier ? " without a carrier" : "",
                     error_id(err.code), err.text);
        assert_int_equal(system("rm -rf out"), 0);
    }
}

/* As above, but one thing is not as it was to be. */
static const struct change {
    const char *what;
    struct list_member member;
} changes[] = {
    {"mode", LIST_FILE("text", .path = "f", .mode = 0600, .mtime = {9, 100})},
    {"mtime", LIST_FILE("text", .path = "f", .mode = 0644, .mtime = {9, 200})},
    {"owner", LIST_FILE("text", .path = "f", .mode = 0644, .mtime = {9, 100}, .uid = 1)},
    {"content", LIST_FILE("tezt", .path = "f", .mode = 0644, .mtime = {9, 100})},
    {"size", LIST_FILE("texts", .path = "f", .mode = 0644, .mtime = {9, 100})},
    {"only in", LIST_FILE("text", .path = "g", .mode = 0644, .mtime = {9, 100})},
    {"type", LIST_ENTRY(.path = "f", .type = ENTRY_FIFO, .mode = 0644, .mtime = {9, 100})},
};

static void anything_else_is_one(void **state UNUSED)
{
    static const struct list_member good[] = {
        LIST_FILE("text", .path = "f", .mode = 0644, .mtime = {9, 150}),
    };
    archive_make("in.tar", good, 1);
    for (size_t i = 0; i < array_length(changes); i++) {
        const struct image_target target = target_of("ntfs", true);
        AUTO_VERIFY struct verify verify = {.events = {0}};
        struct error err = {0};
        archive_make("other.tar", &changes[i].member, 1);
        assert_ok(verify_open(&verify, "in.tar", &target, NULL, &err));
        assert_ok(image_build("other.tar", &target, &verify.events, &err));
        assert_fails(verify_read(&verify, &err), ERROR_VERIFY, changes[i].what);
        assert_int_equal(unlink("out"), 0);
    }
}

static void what_cannot_be_read_twice_is_refused(void **state UNUSED)
{
    struct image_target target = target_of("tar", false);
    AUTO_VERIFY struct verify verify = {.events = {0}};
    struct error err = {0};
    assert_fails(verify_open(&verify, "-", &target, NULL, &err), ERROR_USAGE, "standard input");
    target.path = "-";
    assert_fails(verify_open(&verify, "in", &target, NULL, &err), ERROR_USAGE, "standard output");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(losses_are_no_differences, scratch_enter, scratch_leave),
        cmocka_unit_test_setup_teardown(anything_else_is_one, scratch_enter, scratch_leave),
        cmocka_unit_test(what_cannot_be_read_twice_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
