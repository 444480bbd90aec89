/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What core's unit tests share: cmocka with what it needs, and a directory of their own. */
#ifndef LXKIT_TESTS_UNIT_SUPPORT_H
#define LXKIT_TESTS_UNIT_SUPPORT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.h"

/* The call succeeds; its sentence is shown when it does not. */
#define assert_ok(call)               \
    do {                              \
        err.code = ERROR_NONE;        \
        if ((call) < 0)               \
            fail_msg("%s", err.text); \
    } while (0)

/* The call fails with that code and a sentence that holds the words. */
#define assert_fails(call, expected, words)                     \
    do {                                                        \
        assert_true((call) < 0);                                \
        if (err.code != (expected) || !strstr(err.text, words)) \
            fail_msg("[%s] %s", error_id(err.code), err.text);  \
    } while (0)

/* Goes to a new directory. */
static inline int scratch_enter(void **state)
{
    const char *parent = getenv("TMPDIR");
    char *path = NULL;
    if (asprintf(&path, "%s/lxkit-unit.XXXXXX", parent ? parent : "/tmp") < 0 || !mkdtemp(path))
        return -1;
    *state = path;
    return chdir(path);
}

static inline int scratch_remove_one(const char *path, const struct stat *st UNUSED,
                                     int type UNUSED, struct FTW *ftw UNUSED)
{
    return remove(path);
}

static inline int scratch_leave(void **state)
{
    if (chdir("/") < 0)
        return -1;
    nftw(*state, scratch_remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(*state);
    return 0;
}

static inline void file_make(const char *path, const void *bytes, size_t n)
{
    int fd AUTO_FD = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, bytes, n), n);
}

/* The file holds exactly this text. */
static inline void assert_file(const char *path, const char *text)
{
    char buf[4096];
    int fd AUTO_FD = open(path, O_RDONLY);
    if (fd < 0)
        fail_msg("%s is missing", path);
    ssize_t n = read(fd, buf, sizeof(buf) - 1);
    assert_true(n >= 0);
    buf[n] = '\0';
    assert_string_equal(buf, text);
}

#endif
