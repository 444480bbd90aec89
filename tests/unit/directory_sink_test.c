/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a directory becomes from a tree, looked at with the system's own calls. */
#include <dirent.h>
#include <errno.h>
#include <sys/xattr.h>

#include "image/directory/directory_sink.h"
#include "tests/unit/directory_support.h"

#define TABLE(...)                         \
    ((const struct entry[]){__VA_ARGS__}), \
        sizeof((const struct entry[]){__VA_ARGS__}) / sizeof(struct entry)

#define OWN .uid = geteuid(), .gid = getegid()

static const struct sink_options unsynced = {.no_sync = true};

/* Makes the directory "out" of the rows; 0, or the error's code. */
static int make(const struct entry *rows, size_t n, struct heard *heard, struct error *err)
{
    struct sink *sink AUTO_SINK = NULL;
    struct table_source source = table_source(rows, n);
    const struct sink_options options = {
        .events = heard ? &heard->events : NULL,
        .no_sync = true,
    };
    if (directory_sink(&sink, "out", &options, err) < 0 ||
        image_copy(&source.source, sink, err) < 0)
        return (int)err->code;
    return 0;
}

static void made(const struct entry *rows, size_t n, struct heard *heard)
{
    struct error err;
    if (make(rows, n, heard, &err) != 0)
        fail_msg("%s", err.text);
}

/* Nothing but what is named lies in the directory. */
static void assert_names(const char *path, int n, ...)
{
    struct dirent **list;
    va_list args;
    int found = scandir(path, &list, NULL, alphasort);
    va_start(args, n);
    for (int i = 0; i < found; i++) {
        const char *name = list[i]->d_name;
        if (strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            assert_string_equal(name, n-- > 0 ? va_arg(args, const char *) : "nothing");
        free(list[i]);
    }
    va_end(args);
    free(list);
    assert_int_equal(n, 0);
}

static void metadata_is_set(void **state UNUSED)
{
    static const struct xattr xattrs[] = {{"user.b", "\0=\n\xff", 4}, {"user.empty", "", 0}};
    struct heard heard = {.events = {.report = heard_report}};
    struct stat st;
    char value[8];

    made(TABLE({.path = "", .type = ENTRY_DIRECTORY, .mode = 0750, OWN, .mtime = {11, 1}},
               {.path = "d", .type = ENTRY_DIRECTORY, .mode = 0555, OWN, .mtime = {22, 2}},
               {.path = "d/f",
                .target = "text",
                .mode = 04000,
                OWN,
                .mtime = {-3, 333333333},
                .atime = {UINT32_MAX, 4},
                .xattrs = xattrs,
                .n_xattrs = 2},
               {.path = "d/l", .type = ENTRY_SYMLINK, .target = "f", OWN, .mtime = {5, 5}},
               {.path = "d/p", .type = ENTRY_FIFO, .mode = 01604, OWN, .mtime = {6, 6}},
               {.path = "d/s", .type = ENTRY_SOCKET, .mode = 0007, OWN, .mtime = {7, 7}}),
         &heard);
    assert_quiet(&heard);
    static const struct {
        const char *path;
        mode_t mode;
        long seconds, nanoseconds;
    } cases[] = {
        {"out", S_IFDIR | 0750, 11, 1},
        {"out/d", S_IFDIR | 0555, 22, 2},
        {"out/d/f", S_IFREG | 04000, -3, 333333333},
        {"out/d/l", S_IFLNK | 0777, 5, 5},
        {"out/d/p", S_IFIFO | 01604, 6, 6},
        {"out/d/s", S_IFSOCK | 0007, 7, 7},
    };
    for (size_t i = 0; i < array_length(cases); i++) {
        assert_int_equal(lstat(cases[i].path, &st), 0);
        assert_int_equal(st.st_mode, cases[i].mode);
        assert_int_equal(st.st_mtim.tv_sec, cases[i].seconds);
        assert_int_equal(st.st_mtim.tv_nsec, cases[i].nanoseconds);
    }
    assert_int_equal(lstat("out/d/f", &st), 0);
    assert_int_equal(st.st_atim.tv_sec, UINT32_MAX);
    assert_int_equal(chmod("out/d/f", 0400), 0);
    assert_file("out/d/f", "text");
    assert_int_equal(getxattr("out/d/f", "user.b", value, sizeof(value)), 4);
    assert_memory_equal(value, "\0=\n\xff", 4);
    assert_int_equal(getxattr("out/d/f", "user.empty", value, sizeof(value)), 0);
    assert_names(".", 1, "out");
    assert_int_equal(chmod("out/d", 0700), 0);
}

static void root_sets_everything(void **state UNUSED)
{
    /* cap_net_raw, permitted and effective; and user.x on a symbolic link, which Linux lacks. */
    static const uint8_t capability[20] = {0x01, 0, 0, 2, 0, 0x20};
    static const struct xattr xattrs[] = {{"security.capability", capability, 20}};
    static const struct xattr trusted[] = {{"trusted.x", "y", 1}};
    static const struct xattr user[] = {{"user.x", "y", 1}};
    struct heard heard = {.events = {.report = heard_report}};
    struct stat st;
    char value[32];

    if (geteuid() != 0)
        skip();
    made(TABLE(
             {.path = "f",
              .target = "x",
              .mode = 06755,
              .uid = 70000,
              .gid = 42,
              .xattrs = xattrs,
              .n_xattrs = 1},
             {.path = "b", .type = ENTRY_BLOCK, .mode = 0640, .gid = 6, .major = 259, .minor = 999},
             {.path = "b2", .type = ENTRY_LINK, .target = "b"},
             {.path = "l",
              .type = ENTRY_SYMLINK,
              .target = "f",
              .uid = 9,
              .xattrs = trusted,
              .n_xattrs = 1},
             {.path = "u", .type = ENTRY_SYMLINK, .target = "f", .xattrs = user, .n_xattrs = 1}),
         &heard);
    assert_int_equal(lstat("out/f", &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 06755);
    assert_int_equal(st.st_uid, 70000);
    assert_int_equal(st.st_gid, 42);
    assert_int_equal(getxattr("out/f", "security.capability", value, sizeof(value)), 20);
    assert_memory_equal(value, capability, 20);
    assert_int_equal(lstat("out/b2", &st), 0);
    assert_int_equal(st.st_mode, S_IFBLK | 0640);
    assert_int_equal(st.st_nlink, 2);
    assert_int_equal(st.st_rdev, (259 << 8) | (999 & 0xff) | (dev_t)(999 & ~0xff) << 12);
    assert_int_equal(lstat("out/l", &st), 0);
    assert_int_equal(st.st_uid, 9);
    assert_int_equal(lgetxattr("out/l", "trusted.x", value, sizeof(value)), 1);
    assert_string_equal(
        heard.text,
        "u: extended attribute user.x (Linux allows it on files and directories alone)\n");
}

static void others_are_told_what_is_lost(void **state UNUSED)
{
    static const struct xattr xattrs[] = {{"trusted.x", "y", 1}};
    struct heard heard = {.events = {.report = heard_report}};
    struct stat st;

    made(TABLE({.path = "", .type = ENTRY_DIRECTORY, .mode = 0755, OWN},
               {.path = "f", .target = "x", .mode = 04755},
               {.path = "c", .type = ENTRY_CHARACTER, .mode = 0666, .major = 1, .minor = 3, OWN},
               {.path = "c2", .type = ENTRY_LINK, .target = "c"},
               {.path = "own", .target = "x", .mode = 04755, OWN},
               {.path = "x", .mode = 0, OWN, .xattrs = xattrs, .n_xattrs = 1}),
         &heard);
    assert_heard(&heard, "f: owner 0:0 (only root may set it)\n");
    assert_heard(&heard, "f: mode 4755 (it becomes 0755");
    assert_heard(&heard, "c: character device (only root may make it)\n");
    assert_heard(&heard, "c2: character device (only root may make it)\n");
    assert_heard(&heard, "x: extended attribute trusted.x (only root may set it)\n");
    assert_null(strstr(heard.text, "own:"));
    assert_names("out", 3, "f", "own", "x");
    assert_int_equal(lstat("out/own", &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 04755);
}

static void tars_rules_hold(void **state UNUSED)
{
    struct stat a, b;
    made(TABLE({.path = "late/second", .type = ENTRY_LINK, .target = "late/first"},
               {.path = "late/first", .type = ENTRY_LINK, .target = "late/file"},
               {.path = "late/file", .target = "old", .mode = 0644, OWN},
               {.path = "late", .type = ENTRY_DIRECTORY, .mode = 0711, OWN},
               {.path = "twice", .target = "first", .mode = 0600, OWN},
               {.path = "kept", .type = ENTRY_LINK, .target = "twice"},
               {.path = "twice", .target = "second", .mode = 0600, OWN},
               {.path = "was/a/directory", .target = "x", .mode = 0600, OWN},
               {.path = "was", .target = "file", .mode = 0600, OWN},
               {.path = "link", .type = ENTRY_SYMLINK, .target = "late", OWN},
               {.path = "link-to-link", .type = ENTRY_LINK, .target = "link"}),
         NULL);
    assert_int_equal(lstat("out/late/second", &a), 0);
    assert_int_equal(lstat("out/late/file", &b), 0);
    assert_int_equal(a.st_ino, b.st_ino);
    assert_int_equal(a.st_nlink, 3);
    assert_int_equal(lstat("out/late", &a), 0);
    assert_int_equal(a.st_mode, S_IFDIR | 0711);
    assert_file("out/twice", "second");
    assert_file("out/kept", "first");
    assert_file("out/was", "file");
    assert_int_equal(lstat("out/link-to-link", &a), 0);
    assert_int_equal(a.st_mode, S_IFLNK | 0777);
    assert_int_equal(a.st_nlink, 2);
    assert_names("out", 6, "kept", "late", "link", "link-to-link", "twice", "was");
}

/* Symbolic links in the middle of a path lead inside, wherever they point. */
static void symbolic_links_do_not_lead_out(void **state UNUSED)
{
    char outside[4096];
    assert_int_equal(mkdir("outside", 0755), 0);
    assert_non_null(realpath("outside", outside));
    made(TABLE({.path = "absolute", .type = ENTRY_SYMLINK, .target = outside, OWN},
               {.path = "absolute/f1", .target = "1", .mode = 0600, OWN},
               {.path = "up", .type = ENTRY_SYMLINK, .target = "../../../../outside", OWN},
               {.path = "up/f2", .target = "2", .mode = 0600, OWN},
               {.path = "d/f3", .target = "3", .mode = 0600, OWN},
               {.path = "d", .type = ENTRY_SYMLINK, .target = outside, OWN},
               {.path = "d/f4", .target = "4", .mode = 0600, OWN}),
         NULL);
    char inside[4096 + 8];
    snprintf(inside, sizeof(inside), "out%s/f1", outside);
    assert_file(inside, "1");
    snprintf(inside, sizeof(inside), "out%s/f4", outside);
    assert_file(inside, "4");
    assert_file("out/outside/f2", "2");
    assert_names("outside", 0);
}

static void paths_that_sources_never_give_are_refused(void **state UNUSED)
{
    static const char *const paths[] = {"..", "../f", "a/../f", "a/..", "/f", "a//f", "f/", "./f"};
    struct error err;
    for (size_t i = 0; i < array_length(paths); i++) {
        assert_int_equal(make(TABLE({.path = paths[i], .target = "x"}), NULL, &err),
                         ERROR_INTERNAL);
        assert_names(".", 0);
    }
    made(TABLE({.path = "..a/.b/...", .target = "x", .mode = 0600, OWN}), NULL);
    assert_file("out/..a/.b/...", "x");
}

static void holes_stay(void **state UNUSED)
{
    static const uint64_t size = UINT64_C(300) << 30;
    struct stat st;
    made(TABLE({.path = "sparse", .target = "head", .mode = 0600, .size = size, OWN}), NULL);
    int fd AUTO_FD = open("out/sparse", O_RDONLY);
    assert_int_equal(fstat(fd, &st), 0);
    assert_int_equal(st.st_size, size);
    assert_in_range(st.st_blocks, 1, 2048);
    assert_in_range(lseek(fd, 0, SEEK_HOLE), 4, 1 << 20);
    assert_int_equal(lseek(fd, 1 << 20, SEEK_DATA), -1);
}

static void what_exists_is_refused(void **state UNUSED)
{
    struct error err;
    struct sink *sink;
    file_make("file", "", 0);
    assert_int_equal(mkdir("directory", 0755), 0);
    assert_int_equal(symlink("nowhere", "link"), 0);
    assert_fails(directory_sink(&sink, "file", &unsynced, &err), ERROR_EXISTS, "file");
    assert_fails(directory_sink(&sink, "directory/", &unsynced, &err), ERROR_EXISTS, "directory");
    assert_fails(directory_sink(&sink, "link", &unsynced, &err), ERROR_EXISTS, "link");
    assert_fails(directory_sink(&sink, "missing/out", &unsynced, &err), ERROR_NOT_FOUND,
                 "there is no directory missing");
}

static void what_came_meanwhile_is_kept(void **state UNUSED)
{
    struct error err;
    struct table_source source = table_source(TABLE({.path = "f", .target = "x"}));
    struct sink *sink;
    assert_ok(directory_sink(&sink, "out", &unsynced, &err));
    assert_int_equal(mkdir("out", 0755), 0);
    assert_fails(image_copy(&source.source, sink, &err), ERROR_EXISTS, "out");
    sink_close(sink);
    assert_names("out", 0);
    assert_names(".", 1, "out");
}

/* A hard link without a target fails at the very end, when deep and closed directories stand. */
static void failure_leaves_nothing(void **state UNUSED)
{
    struct error err;
    struct table_source source =
        table_source(TABLE({.path = "", .type = ENTRY_DIRECTORY, .mode = 0500, OWN},
                           {.path = "a/b/c/d/f", .target = "x", OWN},
                           {.path = "a/b/c", .type = ENTRY_DIRECTORY, .mode = 0, OWN},
                           {.path = "a/b/z/f", .target = "x", OWN},
                           {.path = "long", .type = ENTRY_SYMLINK, .target = "", OWN}));
    struct sink *sink;
    assert_ok(directory_sink(&sink, "out", &unsynced, &err));
    assert_fails(image_copy(&source.source, sink, &err), ERROR_NOT_FOUND, "long");
    sink_close(sink);
    assert_names(".", 0);
}

static void content_must_fit(void **state UNUSED)
{
    struct error err;
    assert_int_equal(make(TABLE({.path = "f", .target = "too long", .size = 3}), NULL, &err),
                     ERROR_DAMAGED);
    assert_names(".", 0);
}

static void inherited_acls_stay_out(void **state UNUSED)
{
    /* Version 2; user::rwx user:7:rwx group::r-x mask::rwx other::---, as setfacl -d makes it. */
    static const uint8_t acl[] = {2,  0, 0, 0,                                                    //
                                  1,  0, 7, 0, 255, 255, 255, 255, 2,  0, 7, 0, 7,   0,   0,   0, //
                                  4,  0, 5, 0, 255, 255, 255, 255, 16, 0, 7, 0, 255, 255, 255, 255,
                                  32, 0, 0, 0, 255, 255, 255, 255};
    char list[256];
    if (setxattr(".", "system.posix_acl_default", acl, sizeof(acl), 0) < 0)
        skip();
    made(TABLE({.path = "", .type = ENTRY_DIRECTORY, .mode = 0755, OWN},
               {.path = "d/f", .target = "x", .mode = 0644, OWN}),
         NULL);
    assert_int_equal(listxattr("out", list, sizeof(list)), 0);
    assert_int_equal(listxattr("out/d", list, sizeof(list)), 0);
    assert_int_equal(listxattr("out/d/f", list, sizeof(list)), 0);
}

#define SCRATCH(f) cmocka_unit_test_setup_teardown(f, scratch_enter, scratch_leave)
#define OTHER(f)   cmocka_unit_test_setup_teardown(f, other_enter, other_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH(metadata_is_set),
        SCRATCH(root_sets_everything),
        OTHER(others_are_told_what_is_lost),
        SCRATCH(tars_rules_hold),
        SCRATCH(symbolic_links_do_not_lead_out),
        SCRATCH(paths_that_sources_never_give_are_refused),
        SCRATCH(holes_stay),
        SCRATCH(what_exists_is_refused),
        SCRATCH(what_came_meanwhile_is_kept),
        SCRATCH(failure_leaves_nothing),
        OTHER(failure_leaves_nothing),
        SCRATCH(content_must_fit),
        SCRATCH(inherited_acls_stay_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
