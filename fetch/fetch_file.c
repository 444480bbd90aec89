/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "fetch/fetch_io.h"

/* O_NONBLOCK: opening a pipe must not wait for a writer before it can be refused. */
static int open_regular(const char *path, uint64_t *size, struct error *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
        return error_set(err, ERROR_NOT_FOUND, "there is no such file; check the path");
    if (fd < 0)
        return error_errno(err, errno, "open");

    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "stat");
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_WRONG_KIND, "this is %s; give a regular file",
                         S_ISDIR(st.st_mode) ? "a directory" : "a pipe, socket or device");
    *size = (uint64_t)st.st_size;
    return steal_fd(&fd);
}

int fetch_file_get(const struct fetch_url *url, struct fetch_part *part, struct events *events,
                   struct error *err)
{
    struct fetch_version version = {0};
    AUTO_FD int fd = open_regular(url->target, &version.total, err);
    if (fd < 0 || fetch_part_begin(part, 0, &version, err) < 0)
        return -1;
    AUTO_FREE uint8_t *buf = malloc(FETCH_IO_BYTES);
    if (!buf)
        return error_no_memory(err);

    for (;;) {
        if (cancel_check(err) < 0)
            return -1;
        ssize_t n = read(fd, buf, FETCH_IO_BYTES);
        if (n < 0)
            return error_errno(err, errno, "read");
        if (n == 0)
            return 0;
        if (fetch_part_write(part, buf, (size_t)n, err) < 0)
            return -1;
        event_progress(events, part->size, version.total);
    }
}
