/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/path.h"

#include <stdbool.h>
#include <string.h>

#include "image/entry.h"

static bool is_parent(const char *name, size_t n)
{
    return n == 2 && memcmp(name, "..", 2) == 0;
}

static bool is_nothing(const char *name, size_t n)
{
    return n == 0 || (n == 1 && name[0] == '.');
}

/* Whether the path stays in the tree, and its parts are not too long. */
static int components_check(const char *path, struct error *err)
{
    size_t depth = 0;
    for (const char *name = path; *name;) {
        size_t n = strcspn(name, "/");
        if (n > NAME_BYTES_MAX)
            return error_set(err, ERROR_LIMIT,
                             "the name \"%.120s...\" has a part of %zu bytes; Linux allows %d: "
                             "shorten it and make the archive again",
                             name, n, NAME_BYTES_MAX);
        if (is_parent(name, n) && depth-- == 0)
            return error_set(err, ERROR_DAMAGED,
                             "the name \"%.200s\" leads out of the tree with \"..\"; make the "
                             "archive again with names below its root",
                             path);
        depth += !is_parent(name, n) && !is_nothing(name, n);
        name += n + strspn(name + n, "/");
    }
    return 0;
}

/* Takes the last part off what ends at to. */
static char *part_remove(char *path, char *to)
{
    while (to > path && *--to != '/')
        ;
    return to;
}

int path_clean(char *path, struct error *err)
{
    if (strlen(path) > PATH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "a name of %zu bytes; at most %d are allowed",
                         strlen(path), PATH_BYTES_MAX);
    if (components_check(path, err) < 0)
        return -1;

    char *to = path;
    for (const char *from = path; *from;) {
        size_t n = strcspn(from, "/");
        if (is_parent(from, n)) {
            to = part_remove(path, to);
        } else if (!is_nothing(from, n)) {
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
