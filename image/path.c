/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/path.h"

#include <string.h>

#include "image/entry.h"

static int component_check(const char *path, const char *name, size_t n, struct error *err)
{
    if (n == 2 && memcmp(name, "..", 2) == 0)
        return error_set(err, ERROR_DAMAGED,
                         "the name \"%.200s\" leads out of the tree with \"..\"; make the archive "
                         "again with names below its root",
                         path);
    if (n > NAME_BYTES_MAX)
        return error_set(err, ERROR_LIMIT,
                         "the name \"%.120s...\" has a part of %zu bytes; Linux allows %d: shorten "
                         "it and make the archive again",
                         name, n, NAME_BYTES_MAX);
    return 0;
}

int path_clean(char *path, struct error *err)
{
    if (path[0] == '/')
        return error_set(err, ERROR_DAMAGED,
                         "the name \"%.200s\" is absolute; make the archive again with names "
                         "relative to its root (tar without -P)",
                         path);
    if (strlen(path) > PATH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a name of %zu bytes; at most %d are allowed",
                         strlen(path), PATH_BYTES_MAX);

    for (const char *name = path; *name;) {
        size_t n = strcspn(name, "/");
        if (component_check(path, name, n, err) < 0)
            return -1;
        name += n + strspn(name + n, "/");
    }

    char *to = path;
    for (const char *from = path; *from;) {
        size_t n = strcspn(from, "/");
        if (n > 0 && !(n == 1 && from[0] == '.')) {
            if (to > path)
                *to++ = '/';
            memmove(to, from, n);
            to += n;
        }
        from += n;
        from += *from == '/';
    }
    *to = '\0';
    return 0;
}
