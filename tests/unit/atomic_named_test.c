/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tests of atomic_file_test.c where the file system knows no O_TMPFILE and no rename without
 * replacing. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

static int open_named(const char *path, int flags, unsigned mode)
{
    if ((flags & O_TMPFILE) != O_TMPFILE)
        return open(path, flags, mode);
    errno = EOPNOTSUPP;
    return -1;
}

static int renameat2_missing(void)
{
    errno = EINVAL;
    return -1;
}

#define FIRST(a, ...)   a
#define open(path, ...) open_named(path, FIRST(__VA_ARGS__, 0), 0666)
#define renameat2(...)  renameat2_missing()
#include "core/atomic_file.c"
#undef open
#undef renameat2

#define TEMPORARIES 1
#include "tests/unit/atomic_file_test.c"
