/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_io.h"

#include <errno.h>
#include <unistd.h>

#include "core/cancel.h"

int fetch_io_write(int fd, const void *bytes, size_t n)
{
    for (const char *at = bytes; n > 0;) {
        ssize_t done = write(fd, at, n);
        if (done < 0 && errno != EINTR)
            return -1;
        if (done > 0) {
            at += done;
            n -= (size_t)done;
        }
    }
    return 0;
}

int fetch_io_hash(const struct fetch_reading *reading, struct hasher *hasher, uint64_t *size,
                  struct error *err)
{
    AUTO_FREE uint8_t *buf = malloc(FETCH_IO_BYTES);
    if (!buf)
        return error_no_memory(err);

    *size = 0;
    for (;;) {
        if (cancel_check(err) < 0)
            return -1;
        ssize_t n = pread(reading->fd, buf, FETCH_IO_BYTES, (off_t)*size);
        if (n < 0)
            return error_errno(err, errno, "read %s", reading->name);
        if (n == 0)
            return 0;
        if (hasher_update(hasher, buf, (size_t)n, err) < 0)
            return -1;
        if (reading->to >= 0 && fetch_io_write(reading->to, buf, (size_t)n) < 0)
            return error_errno(err, errno, "write %s", reading->to_name);
        *size += (uint64_t)n;
        event_progress(reading->events, *size, reading->total);
    }
}
