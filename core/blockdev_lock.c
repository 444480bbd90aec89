/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Who changes a disk in place must be the only one who has it.
 *
 * QEMU, cloud-hypervisor and we mark a disk in use by locks of an open file (F_OFD_SETLK) on some
 * of its bytes; a write lock on all of them meets every one. Loop devices lock nothing, but name
 * their file in /sys. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/blockdev.h"
#include "core/lock_holder.h"

static int busy(int fd, const char *path, struct error *err)
{
    char who[LOCK_HOLDER_BYTES];
    return error_set(err, ERROR_BUSY,
                     "%s is in use by %s; shut down the virtual machine or distribution that runs "
                     "from it, then try again",
                     path, lock_holder(fd, who));
}

/* The file behind a loop device; false where there is none. */
static bool loop_file(const char *loop, struct stat *status)
{
    char name[PATH_MAX];
    char path[PATH_MAX];
    snprintf(name, sizeof(name), "/sys/block/%.100s/loop/backing_file", loop);
    FILE *file = fopen(name, "re");
    if (!file)
        return false;
    bool good = fgets(path, sizeof(path), file) != NULL;
    fclose(file);
    if (!good)
        return false;
    path[strcspn(path, "\n")] = '\0';
    return stat(path, status) == 0;
}

static int loops_check(const char *path, const struct stat *wanted, struct error *err)
{
    DIR *directory = opendir("/sys/block");
    const struct dirent *entry;
    struct stat status;
    char name[sizeof(entry->d_name)] = "";
    if (!directory)
        return 0; /* no loop devices to be seen */
    while (!name[0] && (entry = readdir(directory)))
        if (strncmp(entry->d_name, "loop", 4) == 0 && loop_file(entry->d_name, &status) &&
            status.st_dev == wanted->st_dev && status.st_ino == wanted->st_ino)
            memcpy(name, entry->d_name, sizeof(name));
    closedir(directory);
    if (!name[0])
        return 0;
    return error_set(err, ERROR_BUSY,
                     "%s is attached as /dev/%.40s; unmount it and run losetup -d /dev/%.40s first",
                     path, name, name);
}

static int attached_check(int fd, const char *path, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_errno(err, errno, "look at %s", path);
    return S_ISREG(status.st_mode) ? loops_check(path, &status, err) : 0;
}

int blockdev_lock(int fd, const char *path, struct error *err)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_SETLK, &all) < 0) {
        if (errno == EAGAIN || errno == EACCES)
            return busy(fd, path, err);
        return error_errno(err, errno, "lock %s", path);
    }
    /* And for those who know only whole-file locks. */
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        if (errno == EWOULDBLOCK)
            return busy(fd, path, err);
        return error_errno(err, errno, "lock %s", path);
    }
    return attached_check(fd, path, err);
}

int blockdev_check_unused(int fd, const char *path, struct error *err)
{
    struct flock all = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(fd, F_OFD_GETLK, &all) < 0)
        return error_errno(err, errno, "look for locks of %s", path);
    if (all.l_type != F_UNLCK)
        return busy(fd, path, err);
    return attached_check(fd, path, err);
}
