/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a directory gives as a tree, against what the system says of the same files. */
#include <errno.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <sys/xattr.h>

#include "image/directory/directory_remove.h"
#include "image/directory/directory_source.h"
#include "tests/unit/directory_support.h"

/* "path type[ target]" of every entry, one a line. */
static void listing(const char *path, char *out, size_t size, struct events *events)
{
    static const char letters[] = "fdlcbpsh";
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    const struct entry *entry;
    int rc;

    assert_ok(directory_source(&source, path, events, &err));
    out[0] = '\0';
    while ((rc = source_next(source, &entry, &err)) > 0) {
        size_t n = strlen(out);
        snprintf(out + n, size - n, "%s %c%s%s\n", entry->path, letters[entry->type],
                 entry->target ? " " : "", entry->target ? entry->target : "");
    }
    assert_ok(rc);
}

/* The entry at path, with source standing on it. */
static const struct entry *seek_entry(struct source *source, const char *path)
{
    struct error err;
    const struct entry *entry;
    int rc;
    while ((rc = source_next(source, &entry, &err)) > 0) {
        if (strcmp(entry->path, path) == 0)
            return entry;
    }
    fail_msg("%s: %s", path, rc < 0 ? err.text : "not there");
    return NULL;
}

static void names_come_in_byte_order(void **state UNUSED)
{
    char got[512];
    assert_int_equal(mkdir("t", 0755), 0);
    assert_int_equal(mkdir("t/b", 0755), 0);
    file_make("t/b/x", "", 0);
    file_make("t/b.c", "", 0);
    file_make("t/B", "", 0);
    file_make("t/\xff", "", 0);
    file_make("t/new\nline", "", 0);
    listing("t/", got, sizeof(got), NULL);
    assert_string_equal(got, " d\nB f\nb d\nb/x f\nb.c f\nnew\nline f\n\xff f\n");
}

static void every_type_is_told(void **state UNUSED)
{
    char got[512];
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "t/socket"};
    int fd AUTO_FD = socket(AF_UNIX, SOCK_STREAM, 0);

    assert_int_equal(mkdir("t", 0755), 0);
    assert_int_equal(mkfifo("t/fifo", 0600), 0);
    assert_int_equal(symlink("/nowhere/../x", "t/link"), 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    file_make("t/one", "", 0);
    assert_int_equal(link("t/one", "t/two"), 0);
    assert_int_equal(link("t/link", "t/other"), 0);
    listing("t", got, sizeof(got), NULL);
    assert_string_equal(got, " d\nfifo p\nlink l /nowhere/../x\none f\nother h link\n"
                             "socket s\ntwo h one\n");
}

static void devices_keep_their_numbers(void **state UNUSED)
{
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    assert_int_equal(mkdir("t", 0755), 0);
    if (mknod("t/b", S_IFBLK | 0600, makedev(259, 1048575)) < 0)
        skip();
    assert_ok(directory_source(&source, "t", NULL, &err));
    const struct entry *entry = seek_entry(source, "b");
    assert_int_equal(entry->type, ENTRY_BLOCK);
    assert_int_equal(entry->major, 259);
    assert_int_equal(entry->minor, 1048575);
}

static void metadata_is_what_stat_says(void **state UNUSED)
{
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    const struct timespec times[2] = {{-1, 999999999}, {4102444800, 123456789}};
    const char value[] = "\0=\n\xff";
    struct stat st;

    assert_int_equal(mkdir("t", 0755), 0);
    file_make("t/f", "content", 7);
    assert_int_equal(setxattr("t/f", "user.b", value, sizeof(value), 0), 0);
    assert_int_equal(setxattr("t/f", "user.a", "", 0, 0), 0);
    assert_int_equal(chmod("t/f", 04751), 0);
    assert_int_equal(utimensat(AT_FDCWD, "t/f", times, 0), 0);
    assert_ok(directory_source(&source, "t", NULL, &err));
    const struct entry *entry = seek_entry(source, "f");
    assert_int_equal(stat("t/f", &st), 0);
    assert_int_equal(entry->mode, 04751);
    assert_int_equal(entry->uid, st.st_uid);
    assert_int_equal(entry->gid, st.st_gid);
    assert_int_equal(entry->size, 7);
    assert_int_equal(entry->mtime.seconds, 4102444800);
    assert_int_equal(entry->mtime.nanoseconds, 123456789);
    assert_int_equal(entry->atime.seconds, -1);
    assert_int_equal(entry->atime.nanoseconds, 999999999);
    assert_int_equal(entry->ctime.seconds, st.st_ctim.tv_sec);
    assert_int_equal(entry->ctime.nanoseconds, st.st_ctim.tv_nsec);
    assert_true(entry->n_xattrs >= 2);
    const struct xattr *last = &entry->xattrs[entry->n_xattrs - 1];
    assert_string_equal(last[-1].name, "user.a");
    assert_int_equal(last[-1].size, 0);
    assert_string_equal(last->name, "user.b");
    assert_int_equal(last->size, sizeof(value));
    assert_memory_equal(last->value, value, sizeof(value));
}

static void attributes_of_symbolic_links_are_their_own(void **state UNUSED)
{
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    assert_int_equal(mkdir("t", 0755), 0);
    file_make("t/f", "", 0);
    assert_int_equal(symlink("f", "t/l"), 0);
    assert_int_equal(setxattr("t/f", "user.of", "file", 4, 0), 0);
    if (lsetxattr("t/l", "trusted.of", "link", 4, 0) < 0)
        skip();
    assert_ok(directory_source(&source, "t", NULL, &err));
    const struct entry *entry = seek_entry(source, "l");
    assert_int_equal(entry->n_xattrs, 1);
    assert_string_equal(entry->xattrs[0].name, "trusted.of");
    assert_memory_equal(entry->xattrs[0].value, "link", 4);
}

static void holes_are_left_out(void **state UNUSED)
{
    static const uint64_t hole = UINT64_C(300) << 30;
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    struct content piece;
    uint64_t bytes = 0;
    int rc;

    assert_int_equal(mkdir("t", 0755), 0);
    int fd AUTO_FD = open("t/sparse", O_WRONLY | O_CREAT, 0600);
    assert_int_equal(pwrite(fd, "head", 4, 0), 4);
    assert_int_equal(pwrite(fd, "tail", 4, (off_t)hole), 4);
    assert_int_equal(ftruncate(fd, (off_t)hole * 2), 0);
    assert_ok(directory_source(&source, "t", NULL, &err));
    assert_int_equal(seek_entry(source, "sparse")->size, hole * 2);
    while ((rc = source_content(source, &piece, &err)) > 0) {
        if (piece.offset <= hole && hole < piece.offset + piece.n)
            assert_memory_equal((const char *)piece.bytes + (hole - piece.offset), "tail", 4);
        bytes += piece.n;
    }
    assert_ok(rc);
    assert_in_range(bytes, 8, 1 << 20);
}

static void a_file_that_changes_is_an_error(void **state UNUSED)
{
    static const off_t sizes[] = {10, 3};
    struct error err;
    for (size_t i = 0; i < array_length(sizes); i++) {
        struct source *source AUTO_SOURCE = NULL;
        struct content piece;
        int rc;
        mkdir("t", 0755);
        file_make("t/log", "12345", 5);
        assert_ok(directory_source(&source, "t", NULL, &err));
        seek_entry(source, "log");
        assert_int_equal(truncate("t/log", sizes[i]), 0);
        while ((rc = source_content(source, &piece, &err)) > 0)
            ;
        assert_fails(rc, ERROR_IO, "t/log: the file changed while it was read");
    }
}

static void what_vanishes_is_told(void **state UNUSED)
{
    struct heard heard = {.events = {.report = heard_report}};
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    const struct entry *entry;

    assert_int_equal(mkdir("t", 0755), 0);
    file_make("t/a", "", 0);
    file_make("t/b", "", 0);
    assert_ok(directory_source(&source, "t", &heard.events, &err));
    seek_entry(source, "a");
    assert_int_equal(unlink("t/b"), 0);
    assert_int_equal(source_next(source, &entry, &err), 0);
    assert_heard(&heard, "t/b: removed while");
}

/* More levels than are kept open, and than a path may have bytes, with siblings that come after
 * going back up. */
static void deep_trees_are_walked(void **state UNUSED)
{
    enum { DEPTH = 300 };
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    const struct entry *entry;
    int n = 0, rc;

    assert_int_equal(mkdir("t", 0755), 0);
    int at = open("t", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdirat(at, "directory-with-a-long-name", 0755), 0);
        int inner = openat(at, "directory-with-a-long-name", O_RDONLY | O_DIRECTORY);
        assert_true(inner >= 0);
        close(at);
        at = inner;
        assert_int_equal(mkdirat(at, "z", 0755), 0);
    }
    close(at);
    assert_ok(directory_source(&source, "t", NULL, &err));
    while ((rc = source_next(source, &entry, &err)) > 0)
        n++;
    assert_ok(rc);
    assert_int_equal(n, 1 + 2 * DEPTH);
    assert_int_equal(directory_remove(AT_FDCWD, "t"), 0);
    assert_int_equal(access("t", F_OK), -1);
}

/* One directory moved away while something deep in it was read: its ".." is another one now. */
static void a_directory_that_moves_is_an_error(void **state UNUSED)
{
    enum { DEPTH = 100 };
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    const struct entry *entry;
    int rc;

    assert_int_equal(mkdir("t", 0755), 0);
    assert_int_equal(mkdir("t/d", 0755), 0);
    int at = open("t/d", O_RDONLY | O_DIRECTORY);
    for (int i = 0; i < DEPTH; i++) {
        assert_int_equal(mkdirat(at, "d", 0755), 0);
        int inner = openat(at, "d", O_RDONLY | O_DIRECTORY);
        close(at);
        at = inner;
    }
    close(at);
    assert_ok(directory_source(&source, "t", NULL, &err));
    for (int i = 0; i < DEPTH + 2; i++)
        assert_int_equal(source_next(source, &entry, &err), 1);
    assert_int_equal(rename("t/d/d/d", "elsewhere"), 0);
    while ((rc = source_next(source, &entry, &err)) > 0)
        ;
    assert_fails(rc, ERROR_IO, "was moved while it was read");
}

static void unreadable_files_are_named(void **state UNUSED)
{
    static const char *const paths[] = {"t/d", "t/f"};
    struct error err;
    assert_int_equal(mkdir("t", 0755), 0);
    for (size_t i = 0; i < array_length(paths); i++) {
        struct source *source AUTO_SOURCE = NULL;
        const struct entry *entry;
        struct content piece;
        int rc;
        if (i == 0)
            assert_int_equal(mkdir("t/d", 0), 0);
        else
            file_make("t/f", "secret", 6);
        assert_int_equal(chmod(paths[i], 0), 0);
        assert_ok(directory_source(&source, "t", NULL, &err));
        while ((rc = source_next(source, &entry, &err)) > 0)
            if (entry->type == ENTRY_FILE && (rc = source_content(source, &piece, &err)) < 0)
                break;
        assert_fails(rc, ERROR_DENIED, paths[i]);
        assert_non_null(strstr(err.text, "run as root"));
        assert_int_equal(i == 0 ? rmdir("t/d") : unlink("t/f"), 0);
    }
}

static int mounts_make(void)
{
    return unshare(CLONE_NEWNS) < 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ||
           mount("tmpfs", "t/other", "tmpfs", 0, NULL) < 0 ||
           mount("t/same", "t/bound", NULL, MS_BIND, NULL) < 0 ||
           mount("t/same/in", "t/file", NULL, MS_BIND, NULL) < 0;
}

/* In a child: its mounts go with it. */
static void mounts_are_empty(void **state UNUSED)
{
    assert_int_equal(mkdir("t", 0755), 0);
    assert_int_equal(mkdir("t/bound", 0755), 0);
    assert_int_equal(mkdir("t/other", 0755), 0);
    assert_int_equal(mkdir("t/same", 0755), 0);
    file_make("t/file", "", 0);
    file_make("t/same/in", "in", 2);
    pid_t child = fork();
    if (child == 0) {
        struct heard heard = {.events = {.report = heard_report}};
        char got[512];
        if (mounts_make() != 0)
            _exit(77);
        file_make("t/other/hidden", "", 0);
        listing("t", got, sizeof(got), &heard.events);
        _exit(strcmp(got, " d\nbound d\nfile f\nother d\nsame d\nsame/in f\n") != 0 ||
              !strstr(heard.text, "t/bound: another") || !strstr(heard.text, "t/file: another") ||
              !strstr(heard.text, "t/other: another"));
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        skip();
    assert_int_equal(status, 0);
}

static void what_is_no_directory_is_refused(void **state UNUSED)
{
    struct error err;
    struct source *source;
    file_make("f", "", 0);
    assert_fails(directory_source(&source, "f", NULL, &err), ERROR_NOT_FOUND, "f");
    assert_fails(directory_source(&source, "missing/", NULL, &err), ERROR_NOT_FOUND, "missing");
}

#define SCRATCH(f) cmocka_unit_test_setup_teardown(f, scratch_enter, scratch_leave)
#define OTHER(f)   cmocka_unit_test_setup_teardown(f, other_enter, other_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH(names_come_in_byte_order),
        SCRATCH(every_type_is_told),
        SCRATCH(devices_keep_their_numbers),
        SCRATCH(metadata_is_what_stat_says),
        SCRATCH(attributes_of_symbolic_links_are_their_own),
        SCRATCH(holes_are_left_out),
        SCRATCH(a_file_that_changes_is_an_error),
        SCRATCH(what_vanishes_is_told),
        SCRATCH(deep_trees_are_walked),
        SCRATCH(a_directory_that_moves_is_an_error),
        OTHER(unreadable_files_are_named),
        SCRATCH(mounts_are_empty),
        SCRATCH(what_is_no_directory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
