/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/disk_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "install/text.h"

/* The loop device over path, as its /sys name; NULL: none. */
static int check_loop_devices(const char *path, struct error *err)
{
    glob_t found;
    if (glob("/sys/block/loop*/loop/backing_file", 0, NULL, &found) != 0)
        return 0;

    int result = 0;
    for (size_t i = 0; i < found.gl_pathc && result == 0; i++) {
        AUTO_FREE char *backing = NULL;
        size_t n;
        const char *device = found.gl_pathv[i] + strlen("/sys/block/");
        if (text_read_file(&backing, &n, found.gl_pathv[i], PATH_MAX + 1, NULL) < 0)
            continue;
        backing[strcspn(backing, "\n")] = '\0';
        if (strcmp(backing, path) == 0)
            result = error_set(err, ERROR_BUSY, "%s is attached to /dev/%.*s; detach it first",
                               path, (int)strcspn(device, "/"), device);
    }
    globfree(&found);
    return result;
}

/* QEMU locks ranges of bytes, and always for reading: whoever has any of them uses the disk. */
static int lock(int *out, const char *disk, int operation, struct error *err)
{
    AUTO_FD int fd = open(disk, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_errno(err, errno, "open %s", disk);

    struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &range) < 0)
        return error_errno(err, errno, "look for locks on %s", disk);
    if (range.l_type != F_UNLCK || flock(fd, operation | LOCK_NB) < 0)
        return error_set(err, ERROR_BUSY,
                         "%s is in use by another process; stop the distribution first", disk);

    AUTO_FREE char *real = realpath(disk, NULL);
    if (!real)
        return error_errno(err, errno, "resolve %s", disk);
    if (check_loop_devices(real, err) < 0)
        return -1;
    *out = steal_fd(&fd);
    return 0;
}

int disk_check_unused(const char *disk, struct error *err)
{
    AUTO_FD int fd = -1;
    if (access(disk, F_OK) < 0 && errno == ENOENT)
        return 0;
    return lock(&fd, disk, LOCK_EX, err);
}

int disk_lock(int *fd, const char *disk, struct error *err)
{
    return lock(fd, disk, LOCK_SH, err);
}
