/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registry_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <time.h>

#include "core/cancel.h"

enum {
    POLL_MS = 20,
    LOCKS_LINE_BYTES = 256, /* of /proc/locks */
};

/* Who holds a flock(2) lock on fd's file: "1: FLOCK  ADVISORY  WRITE 4711 fe:00:1234 0 EOF"; 0
 * where that cannot be found out. A process id kept in the lock file would outlive its process. */
static int holder(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return 0;

    FILE *locks = fopen("/proc/locks", "re");
    if (!locks)
        return 0;
    char line[LOCKS_LINE_BYTES];
    int found = 0;
    while (!found && fgets(line, sizeof(line), locks)) {
        int pid;
        unsigned major, minor;
        unsigned long long inode;
        if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%llu", &pid, &major, &minor, &inode) == 4 &&
            inode == st.st_ino && makedev(major, minor) == st.st_dev)
            found = pid;
    }
    fclose(locks);
    /* A lock may outlive who took it, in a child. */
    return found > 0 && (kill(found, 0) == 0 || errno == EPERM) ? found : 0;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int busy(int fd, const char *path, unsigned wait_ms, struct error *err)
{
    int pid = holder(fd);
    char who[64] = "another process";
    if (pid > 0)
        snprintf(who, sizeof(who), "process %d", pid);
    return error_set(err, ERROR_BUSY,
                     "%s is locked by %s, for more than %u ms; try again when that is done", path,
                     who, wait_ms);
}

int registry_lock(int *fd, const char *path, unsigned wait_ms, struct error *err)
{
    AUTO_FD int lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return error_errno(err, errno, "open %s", path);

    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    long long deadline = now_ms() + wait_ms;
    while (flock(lock, LOCK_EX | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_errno(err, errno, "lock %s", path);
        if (now_ms() >= deadline)
            return busy(lock, path, wait_ms, err);
        if (cancel_check(err) < 0)
            return -1;
        nanosleep(&pause, NULL);
    }
    *fd = steal_fd(&lock);
    return 0;
}
