/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/location.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/lock_holder.h"
#include "core/paths.h"

enum {
    CLAIM_TRIES = 16, /* between mkdir and lock another may give the directory up */
};

int location_canonical(char **out, const char *path, struct error *err)
{
    AUTO_FREE char *head = NULL;
    if (paths_absolute(&head, path, err) < 0)
        return -1;

    /* Cut components off until the rest exists; put them back behind what that really is. */
    size_t n = strlen(head);
    AUTO_FREE char *tail = strdup(head);
    if (!tail)
        return error_no_memory(err);
    AUTO_FREE char *real = NULL;
    while (!(real = realpath(n ? head : "/", NULL))) {
        if (errno != ENOENT || n == 0)
            return error_errno(err, errno, "resolve %s", path);
        n = (size_t)(strrchr(head, '/') - head);
        head[n] = '\0';
    }
    if (tail[n] == '\0') {
        *out = steal(&real);
        return 0;
    }
    return paths_join(out, real, tail + n + 1, err);
}

/* mkdir -p, noting in *made where the first new directory's path ends. */
static int make(char *path, size_t *made, struct error *err)
{
    for (char *p = path + 1;; p++) {
        if (*p != '/' && *p != '\0')
            continue;
        char end = *p;
        *p = '\0';
        int failed = mkdir(path, end ? 0777 : 0700) < 0 ? errno : 0;
        if (failed && failed != EEXIST) {
            error_errno(err, failed, "make directory %s", path);
            *p = end;
            return -1;
        }
        if (!failed && *made == 0)
            *made = (size_t)(p - path);
        *p = end;
        if (!end)
            return 0;
    }
}

/* 1 when the directory at path is locked and still the one that has that path. */
static int lock(int *out, const char *path, struct error *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "open directory %s", path);
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        char who[LOCK_HOLDER_BYTES];
        if (errno == EWOULDBLOCK)
            return error_set(err, ERROR_BUSY,
                             "%s is making a distribution in %s; wait for it, or choose another "
                             "directory with --location",
                             lock_holder(fd, who), path);
        return error_errno(err, errno, "lock directory %s", path);
    }
    struct stat mine, there;
    if (fstat(fd, &mine) < 0)
        return error_errno(err, errno, "stat %s", path);
    if (stat(path, &there) < 0 || there.st_ino != mine.st_ino || there.st_dev != mine.st_dev)
        return 0;
    *out = steal_fd(&fd);
    return 1;
}

int location_claim(struct location *out, const char *path, struct error *err)
{
    *out = (struct location){.fd = -1};
    AUTO_LOCATION struct location location = {.fd = -1};
    if (paths_absolute(&location.path, path, err) < 0)
        return -1;

    for (int i = 0; i < CLAIM_TRIES; i++) {
        if (make(location.path, &location.made, err) < 0)
            return -1;
        int locked = lock(&location.fd, location.path, err);
        if (locked < 0) {
            location.made = 0; /* whoever locked it first has it now */
            return -1;
        }
        if (locked) {
            *out = location;
            location = (struct location){.fd = -1};
            return 0;
        }
    }
    return error_set(err, ERROR_BUSY, "the directory %s comes and goes; try again", path);
}

void location_keep(struct location *location)
{
    cleanup_fd(&location->fd);
    free(location->path);
    *location = (struct location){.fd = -1};
}

void location_undo(struct location *location)
{
    char *path = location->path;
    size_t n = path && location->made ? strlen(path) : 0;
    while (n > 0 && n >= location->made && rmdir(path) == 0) {
        n = (size_t)(strrchr(path, '/') - path);
        path[n] = '\0';
    }
    location_keep(location);
}
