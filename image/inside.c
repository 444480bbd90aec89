/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/inside.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>

#include "core/paths.h"

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* Whether the directory fd, which is taken over, is outer or lies in it. What cannot be looked at
 * is not: others will say so. */
static bool is_inside(int fd, const struct stat *outer)
{
    AUTO_FD int at = fd;
    struct stat here, above;
    if (at < 0 || fstat(at, &here) < 0)
        return false;
    while (!is_same(&here, outer)) {
        int up = openat(at, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
        cleanup_fd(&at);
        at = up;
        if (at < 0 || fstat(at, &above) < 0 || is_same(&here, &above))
            return false;
        here = above;
    }
    return true;
}

int inside_refuse(const char *input, const char *path, struct error *err)
{
    AUTO_FREE char *place = strdup(path);
    AUTO_FREE char *parent = NULL;
    struct stat outer;

    if (!place)
        return error_no_memory(err);
    for (size_t n = strlen(place); n > 1 && place[n - 1] == '/'; n--)
        place[n - 1] = '\0';
    if (strcmp(path, "-") == 0 || stat(input, &outer) < 0 || !S_ISDIR(outer.st_mode))
        return 0;
    if (paths_parent(&parent, place, err) < 0)
        return -1;
    if (!is_inside(open(parent, O_PATH | O_DIRECTORY | O_CLOEXEC), &outer))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s lies in the directory %s, which is to be read; choose a place outside it",
                     path, input);
}
