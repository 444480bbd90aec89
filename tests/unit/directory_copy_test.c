/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory copied by its source and its sink is the same to everybody else. */
#include <fts.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "image/directory/directory_sink.h"
#include "image/directory/directory_source.h"
#include "tests/unit/directory_support.h"

enum {
    FROM_N = sizeof("from") - 1, /* "from/a" is "to/a" on the other side */
};

static void copy(void)
{
    struct error err;
    struct source *source AUTO_SOURCE = NULL;
    struct sink *sink AUTO_SINK = NULL;
    struct heard heard = {.events = {.report = heard_report}};
    assert_ok(directory_source(&source, "from", &heard.events, &err));
    assert_ok(directory_sink(&sink, "to", &(struct sink_options){.events = &heard.events}, &err));
    assert_ok(image_copy(source, sink, &err));
    assert_quiet(&heard);
}

/* ---- the comparison, by path and with plain system calls ---- */

static void content_compare(const char *a, const char *b)
{
    char x[65536], y[65536];
    int fx AUTO_FD = open(a, O_RDONLY);
    int fy AUTO_FD = open(b, O_RDONLY);
    assert_true(fx >= 0 && fy >= 0);
    off_t at = 0;
    for (;;) {
        off_t data = lseek(fx, at, SEEK_DATA);
        if (lseek(fy, at, SEEK_DATA) != data)
            fail_msg("%s: other holes from %lld", a, (long long)at);
        if (data < 0)
            return;
        ssize_t n = pread(fx, x, sizeof(x), data);
        assert_int_equal(pread(fy, y, sizeof(y), data), n);
        if (memcmp(x, y, (size_t)n) != 0)
            fail_msg("%s: other content", a);
        at = data + n;
    }
}

static void xattrs_compare(const char *a, const char *b)
{
    char names[4096], others[4096], x[65536], y[65536];
    ssize_t n = llistxattr(a, names, sizeof(names));
    assert_int_equal(llistxattr(b, others, sizeof(others)), n);
    for (char *name = names; name < names + n; name += strlen(name) + 1) {
        ssize_t size = lgetxattr(a, name, x, sizeof(x));
        if (lgetxattr(b, name, y, sizeof(y)) != size || memcmp(x, y, (size_t)size) != 0)
            fail_msg("%s: other %s", a, name);
    }
}

static void file_compare(const char *path, const struct stat *a)
{
    char other[4096], x[4096] = "", y[4096] = "";
    struct stat b;
    snprintf(other, sizeof(other), "to%s", path + FROM_N);
    if (lstat(other, &b) < 0)
        fail_msg("%s is missing", other);
    if (a->st_mode != b.st_mode || a->st_uid != b.st_uid || a->st_gid != b.st_gid ||
        a->st_nlink != b.st_nlink || a->st_rdev != b.st_rdev ||
        a->st_mtim.tv_sec != b.st_mtim.tv_sec || a->st_mtim.tv_nsec != b.st_mtim.tv_nsec)
        fail_msg("%s: other metadata", path);
    if (!S_ISDIR(a->st_mode))
        assert_int_equal(a->st_size, b.st_size);
    if (S_ISLNK(a->st_mode)) {
        assert_int_equal(readlink(path, x, sizeof(x) - 1), readlink(other, y, sizeof(y) - 1));
        assert_string_equal(x, y);
    }
    if (S_ISREG(a->st_mode))
        content_compare(path, other);
    xattrs_compare(path, other);
}

/* Calls compare, which may be NULL, for each file; returns how many there are. */
static int each(const char *root, void (*compare)(const char *path, const struct stat *st))
{
    char *const roots[] = {(char *)(uintptr_t)root, NULL};
    FTS *fts = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    const FTSENT *found;
    int n = 0;
    while ((found = fts_read(fts))) {
        if (found->fts_info == FTS_DP)
            continue;
        if (compare)
            compare(found->fts_path, found->fts_statp);
        n++;
    }
    fts_close(fts);
    return n;
}

static void compare(void)
{
    assert_int_equal(each("from", file_compare), each("to", NULL));
}

/* ---- the trees ---- */

static void at(const char *path, long seconds, long nanoseconds)
{
    const struct timespec times[2] = {{1, 1}, {seconds, nanoseconds}};
    assert_int_equal(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW), 0);
}

static void sparse_make(const char *path)
{
    int fd AUTO_FD = open(path, O_WRONLY | O_CREAT, 0600);
    for (int i = 0; i < 5; i++)
        assert_int_equal(pwrite(fd, path, strlen(path), (off_t)i * 777777), strlen(path));
    assert_int_equal(ftruncate(fd, 10000001), 0);
}

static void tree_make(void)
{
    static char big[1 << 20];
    for (size_t i = 0; i < sizeof(big); i++)
        big[i] = (char)(i * 7919 >> 5);
    assert_int_equal(mkdir("from", 0755), 0);
    assert_int_equal(mkdir("from/d", 0755), 0);
    assert_int_equal(mkdir("from/d/\xff \n", 0700), 0);
    file_make("from/d/\xff \n/big", big, sizeof(big));
    file_make("from/d/empty", "", 0);
    file_make("from/d/one", "one", 3);
    assert_int_equal(link("from/d/one", "from/d/\xff \n/two"), 0);
    assert_int_equal(link("from/d/one", "from/three"), 0);
    assert_int_equal(symlink("../d/./one", "from/link"), 0);
    assert_int_equal(link("from/link", "from/d/link"), 0);
    assert_int_equal(mkfifo("from/fifo", 0640), 0);
    sparse_make("from/sparse");
    file_make("from/hole", "", 0);
    assert_int_equal(truncate("from/hole", 5000000), 0);
    assert_int_equal(setxattr("from/d", "user.d", big, 1000, 0), 0);
    assert_int_equal(setxattr("from/d/one", "user.f", "\0\1\2", 3, 0), 0);
    assert_int_equal(chmod("from/d/empty", 06751), 0);
    assert_int_equal(chmod("from/d/one", 0444), 0);
    assert_int_equal(chmod("from/d", 01555), 0);
    at("from/d/one", -1234567890, 123456789);
    at("from/link", 4000000000, 1);
    at("from/fifo", 2, 999999999);
    at("from/d/\xff \n", 3, 3);
    at("from/d", 4, 4);
    at("from", 5, 5);
}

static void everything_is_the_same(void **state UNUSED)
{
    tree_make();
    copy();
    compare();
    assert_int_equal(chmod("from/d", 0755), 0);
    assert_int_equal(chmod("to/d", 0755), 0);
}

static void everything_of_root_is_the_same(void **state UNUSED)
{
    static const uint8_t capability[20] = {0x01, 0, 0, 2, 0, 0x20};
    if (geteuid() != 0)
        skip();
    tree_make();
    assert_int_equal(mknod("from/null", S_IFCHR | 0666, makedev(1, 3)), 0);
    assert_int_equal(link("from/null", "from/d/null"), 0);
    assert_int_equal(mknod("from/disk", S_IFBLK | 0660, makedev(259, 70000)), 0);
    assert_int_equal(chown("from/d/empty", 0x7fffffff, 65536), 0);
    assert_int_equal(chmod("from/d/empty", 06755), 0);
    assert_int_equal(lchown("from/link", 12, 34), 0);
    assert_int_equal(chown("from/d/\xff \n", 5, 6), 0);
    assert_int_equal(setxattr("from/d/empty", "security.capability", capability, 20, 0), 0);
    assert_int_equal(lsetxattr("from/link", "trusted.l", "x", 1, 0), 0);
    assert_int_equal(setxattr("from/null", "trusted.n", "x", 1, 0), 0);
    copy();
    compare();
}

#define SCRATCH(f) cmocka_unit_test_setup_teardown(f, scratch_enter, scratch_leave)
#define OTHER(f)   cmocka_unit_test_setup_teardown(f, other_enter, other_leave)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH(everything_is_the_same),
        OTHER(everything_is_the_same),
        SCRATCH(everything_of_root_is_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
