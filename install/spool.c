/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>

#include "core/cancel.h"
#include "core/paths.h"
#include "fetch/fetch.h"

enum {
    SPOOL_BUFFER_BYTES = 1 << 20,
};

static int nameless_file(const char *directory, struct error *err)
{
    int fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (fd >= 0)
        return fd;
    /* Not every file system has nameless files. */
    AUTO_FREE char *path = NULL;
    if (paths_join(&path, directory, "spool.XXXXXX", err) < 0)
        return -1;
    fd = mkostemp(path, O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "make a file in %s", directory);
    unlink(path);
    return fd;
}

static int write_all(int fd, const char *bytes, size_t n, const char *label, struct error *err)
{
    while (n > 0) {
        ssize_t done = write(fd, bytes, n);
        if (done < 0 && errno != EINTR)
            return error_errno(err, errno, "copy %s to the cache", label);
        if (done > 0) {
            bytes += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

int spool(int *out, int from, const char *label, struct events *events, struct error *err)
{
    AUTO_FREE char *cache = NULL;
    AUTO_FREE char *buffer = malloc(SPOOL_BUFFER_BYTES);
    if (!buffer)
        return error_no_memory(err);
    if (paths_cache(&cache, err) < 0 || paths_make(cache, 0700, err) < 0)
        return -1;
    AUTO_FD int fd = nameless_file(cache, err);
    if (fd < 0)
        return -1;

    event_step(events, "copying to the cache");
    for (uint64_t total = 0;;) {
        if (cancel_wait_readable(from, err) < 0)
            return -1;
        ssize_t n = read(from, buffer, SPOOL_BUFFER_BYTES);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return error_errno(err, errno, "read %s", label);
        if (n == 0)
            break;
        total += (uint64_t)n;
        if (total > FETCH_BYTES_MAX)
            return error_set(err, ERROR_LIMIT, "%s is longer than %llu bytes", label,
                             (unsigned long long)FETCH_BYTES_MAX);
        if (write_all(fd, buffer, (size_t)n, label, err) < 0)
            return -1;
        event_progress(events, total, 0);
    }
    *out = steal_fd(&fd);
    return 0;
}
