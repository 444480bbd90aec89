/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/registry_lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "core/cancel.h"
#include "core/lock_holder.h"

enum {
    POLL_MS = 20,
};

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

struct wanted {
    const char *path;
    const char *what; /* that the file stands for; NULL: for itself */
    int operation;    /* of flock() */
    unsigned wait_ms;
    long long deadline;
};

static int busy(int fd, const struct wanted *wanted, struct error *err)
{
    char who[LOCK_HOLDER_BYTES];
    lock_holder(fd, who);
    if (wanted->what)
        return error_set(err, ERROR_BUSY, "%s is in use by %s; try again when that has ended",
                         wanted->what, who);
    return error_set(err, ERROR_BUSY,
                     "%s is locked by %s, for more than %u ms; try again when that is done",
                     wanted->path, who, wanted->wait_ms);
}

/* Waits for the lock on an open file. */
static int wait_for(int fd, const struct wanted *wanted, struct error *err)
{
    const struct timespec pause = {.tv_nsec = POLL_MS * 1000000L};
    while (flock(fd, wanted->operation | LOCK_NB) < 0) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_errno(err, errno, "lock %s", wanted->path);
        if (now_ms() >= wanted->deadline)
            return busy(fd, wanted, err);
        if (cancel_check(err) < 0)
            return -1;
        nanosleep(&pause, NULL);
    }
    return 0;
}

static int lock_made(int *fd, const struct wanted *wanted, struct error *err)
{
    AUTO_FD int lock = open(wanted->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0)
        return error_errno(err, errno, "open %s", wanted->path);
    if (wait_for(lock, wanted, err) < 0)
        return -1;
    *fd = steal_fd(&lock);
    return 0;
}

int registry_lock(int *fd, const char *path, unsigned wait_ms, struct error *err)
{
    return registry_lock_named(fd, path, NULL, false, wait_ms, err);
}

int registry_lock_named(int *fd, const char *path, const char *what, bool shared, unsigned wait_ms,
                        struct error *err)
{
    const struct wanted wanted = {path, what, shared ? LOCK_SH : LOCK_EX, wait_ms,
                                  now_ms() + wait_ms};
    return lock_made(fd, &wanted, err);
}

/* Whether fd is the file that path leads to. */
static bool is_still(int fd, const char *path)
{
    struct stat mine, there;
    return fstat(fd, &mine) == 0 && stat(path, &there) == 0 && mine.st_ino == there.st_ino &&
           mine.st_dev == there.st_dev;
}

int registry_lock_file(int *fd, const char *path, unsigned wait_ms, struct error *err)
{
    const struct wanted wanted = {path, NULL, LOCK_EX, wait_ms, now_ms() + wait_ms};
    char who[LOCK_HOLDER_BYTES];
    for (;;) {
        AUTO_FD int lock = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
        if (lock < 0)
            return error_errno(err, errno, "open %s", path);
        if (wait_for(lock, &wanted, err) < 0)
            return -1;
        struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
        if (fcntl(lock, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK)
            return error_set(err, ERROR_BUSY, "%s is in use by %s; try again when that is done",
                             path, lock_holder(lock, who));
        if (is_still(lock, path)) {
            *fd = steal_fd(&lock);
            return 0;
        }
    }
}
