/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_fd.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

struct directory_proc directory_proc(int fd)
{
    struct directory_proc proc;
    snprintf(proc.name, sizeof(proc.name), "/proc/self/fd/%d", fd);
    return proc;
}

int directory_proc_check(struct error *err)
{
    if (access("/proc/self/fd", X_OK) == 0)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "directories are read and made through /proc/self/fd, which is not there; "
                     "mount it (mount -t proc proc /proc)");
}

/* Kernels before 5.6 lack openat2, and the system call filters of old container engines do too. */
static int open_beneath(int directory, const char *name, int flags)
{
    struct open_how how = {
        .flags = (uint64_t)(flags | O_NOFOLLOW | O_CLOEXEC),
        .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
    };
    long fd = syscall(SYS_openat2, directory, name, &how, sizeof(how));
    if (fd < 0 && (errno == ENOSYS || errno == EPERM))
        return openat(directory, name, flags | O_NOFOLLOW | O_CLOEXEC);
    return (int)fd;
}

int directory_hold(int directory, const char *name)
{
    return open_beneath(directory, name, O_PATH);
}

int directory_hold_open(int directory, const char *name)
{
    return open_beneath(directory, name, O_RDONLY | O_NONBLOCK | O_NOATIME);
}

int directory_read(int held)
{
    struct directory_proc proc = directory_proc(held);
    int fd = open(proc.name, O_RDONLY | O_CLOEXEC | O_NOATIME);
    if (fd < 0 && errno == EPERM)
        return open(proc.name, O_RDONLY | O_CLOEXEC);
    return fd;
}
