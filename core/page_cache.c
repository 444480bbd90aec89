/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/page_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "core/attributes.h"

int page_cache_drop(const char *path, struct error *err)
{
    AUTO_FD int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    if (fdatasync(fd) < 0)
        return error_errno(err, errno, "flush %s", path);
    /* A file system without that knows no better. */
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    return 0;
}
