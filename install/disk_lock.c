/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/disk_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include "core/blockdev.h"
#include "core/lock_holder.h"

/* Others that read a disk lock it as a whole; machines that use it lock ranges of bytes. */
static int lock(int *out, const char *disk, int operation, struct error *err)
{
    char who[LOCK_HOLDER_BYTES];
    AUTO_FD int fd = open(disk, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_errno(err, errno, "open %s", disk);
    if (blockdev_check_unused(fd, disk, err) < 0)
        return -1;
    if (flock(fd, operation | LOCK_NB) < 0)
        return error_set(err, ERROR_BUSY, "%s is in use by %s; wait for it, or stop it first", disk,
                         lock_holder(fd, who));
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

int disk_lock_alone(int *fd, const char *disk, struct error *err)
{
    return lock(fd, disk, LOCK_EX, err);
}
