/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_io.h"

#include <errno.h>
#include <unistd.h>

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
