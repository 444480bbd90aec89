/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file is there whole or not at all. */
#include "core/atomic_file.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/support.h"

/* How many files stand in the directory while one is written: atomic_named_test.c has one. */
#ifndef TEMPORARIES
#define TEMPORARIES 0
#endif

static int count(const char *directory)
{
    int n = 0;
    DIR *dir = opendir(directory);
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));)
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(dir);
    return n;
}

static void put(struct atomic_file *file, const char *text)
{
    assert_int_equal(write(file->fd, text, strlen(text)), strlen(text));
}

static void test_commit(void **state UNUSED)
{
    struct error err;
    struct atomic_file *file;
    struct stat st;
    umask(027);
    assert_int_equal(mkdir("commit", 0777), 0);
    assert_ok(atomic_create(&file, "commit/f", 0, &err));
    put(file, "text");
    assert_int_equal(count("commit"), TEMPORARIES);
    assert_ok(atomic_sync(file, &err));
    assert_ok(atomic_commit(file, &err));
    assert_int_equal(count("commit"), 1);
    assert_file("commit/f", "text");
    assert_int_equal(stat("commit/f", &st), 0);
    assert_int_equal(st.st_mode, S_IFREG | 0640);
}

static void test_discard(void **state UNUSED)
{
    struct error err;
    struct atomic_file *file;
    assert_int_equal(mkdir("discard", 0777), 0);
    assert_ok(atomic_create(&file, "discard/f", 0, &err));
    put(file, "text");
    atomic_discard(file);
    atomic_discard(NULL);
    assert_int_equal(count("discard"), 0);
}

static void test_exists(void **state UNUSED)
{
    struct error err;
    struct atomic_file *file;
    assert_int_equal(mkdir("exists", 0777), 0);
    file_make("exists/f", "old", 3);
    assert_int_equal(symlink("nowhere", "exists/link"), 0);
    assert_fails(atomic_create(&file, "exists/f", 0, &err), ERROR_EXISTS, "exists/f");
    assert_fails(atomic_create(&file, "exists/link", 0, &err), ERROR_EXISTS, "exists/link");
    assert_file("exists/f", "old");
}

/* Somebody else was faster: his file stays. */
static void test_exists_later(void **state UNUSED)
{
    struct error err;
    struct atomic_file *file;
    assert_int_equal(mkdir("later", 0777), 0);
    assert_ok(atomic_create(&file, "later/f", 0, &err));
    put(file, "mine");
    file_make("later/f", "theirs", 6);
    assert_fails(atomic_commit(file, &err), ERROR_EXISTS, "later/f");
    assert_file("later/f", "theirs");
    assert_int_equal(count("later"), 1);
}

static void test_replace(void **state UNUSED)
{
    struct error err;
    struct atomic_file *file;
    char name[252] = "replace/";
    memset(name + 8, 'n', sizeof(name) - 9); /* with the temporary's additions too long */
    assert_int_equal(mkdir("replace", 0777), 0);
    for (int round = 0; round < 2; round++) {
        assert_ok(atomic_create(&file, name, ATOMIC_REPLACE | ATOMIC_NO_SYNC, &err));
        put(file, round ? "new" : "old");
        assert_ok(atomic_commit(file, &err));
        assert_file(name, round ? "new" : "old");
        assert_int_equal(count("replace"), 1);
    }
}

static void test_refused(void **state UNUSED)
{
    static const struct {
        const char *path;
        enum error_code code;
        const char *words;
    } rows[] = {
        {"missing/f", ERROR_NOT_FOUND, "there is no directory missing"},
        {"plain/f", ERROR_NOT_FOUND, "Not a directory"},
        {"directory", ERROR_EXISTS, "a directory of that name exists"},
        {"fifo", ERROR_EXISTS, "no regular file"},
        {"directory/", ERROR_USAGE, "no name of a file"},
        {"", ERROR_USAGE, "no name of a file"},
        {"/proc/version", ERROR_EXISTS, "/proc/version"},
        {"/proc/f", ERROR_NONE, "create /proc/f: "},
    };
    struct error err;
    struct atomic_file *file;
    assert_int_equal(mkdir("directory", 0777), 0);
    assert_int_equal(mkfifo("fifo", 0666), 0);
    file_make("plain", "", 0);
    for (size_t i = 0; i < array_length(rows); i++) {
        unsigned flags = i == 6 ? 0 : ATOMIC_REPLACE;
        assert_int_equal(atomic_create(&file, rows[i].path, flags, &err), -1);
        assert_non_null(strstr(err.text, rows[i].words));
        if (rows[i].code)
            assert_int_equal(err.code, rows[i].code);
    }
}

static void test_write(void **state UNUSED)
{
    struct error err;
    assert_ok(atomic_write("small", "one", 3, 0, &err));
    assert_ok(atomic_write("small", "two", 3, 0, &err));
    assert_file("small", "two");
    assert_ok(atomic_write("small", "", 0, 0, &err));
    assert_file("small", "");
}

/* A process that is killed while it writes leaves nothing that has the name. */
static void test_killed(void **state UNUSED)
{
    assert_int_equal(mkdir("killed", 0777), 0);
    pid_t child = fork();
    if (child == 0) {
        struct atomic_file *file;
        if (atomic_create(&file, "killed/f", 0, NULL) == 0 && write(file->fd, "text", 4) == 4)
            raise(SIGKILL);
        _exit(1);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(count("killed"), TEMPORARIES);
    assert_int_equal(access("killed/f", F_OK), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_commit),  cmocka_unit_test(test_discard),
        cmocka_unit_test(test_exists),  cmocka_unit_test(test_exists_later),
        cmocka_unit_test(test_replace), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_write),   cmocka_unit_test(test_killed),
    };
    return cmocka_run_group_tests(tests, scratch_enter, scratch_leave);
}
