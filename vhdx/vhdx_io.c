/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_io.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cancel.h"

enum {
    ZERO_PIECE = 1 << 20,
};

int vhdx_io_read(int fd, const char *path, void *buf, size_t n, uint64_t off, struct error *err)
{
    char *at = buf;
    while (n > 0) {
        ssize_t got = pread(fd, at, n, (off_t)off);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read %s at byte %llu", path, (unsigned long long)off);
        if (got == 0)
            return error_set(err, ERROR_DAMAGED,
                             "%s ends at byte %llu, in the middle of something that belongs to it; "
                             "it was cut off: copy or download it again",
                             path, (unsigned long long)off);
        at += got;
        off += (uint64_t)got;
        n -= (size_t)got;
    }
    return 0;
}

int vhdx_io_write(int fd, const char *path, const void *buf, size_t n, uint64_t off,
                  struct error *err)
{
    const char *at = buf;
    while (n > 0) {
        ssize_t put = pwrite(fd, at, n, (off_t)off);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_errno(err, errno, "write %s at byte %llu", path, (unsigned long long)off);
        at += put;
        off += (uint64_t)put;
        n -= (size_t)put;
    }
    return 0;
}

int vhdx_io_truncate(int fd, const char *path, uint64_t length, struct error *err)
{
    while (ftruncate(fd, (off_t)length) < 0) {
        if (errno != EINTR)
            return error_errno(err, errno, "set the length of %s to %llu bytes", path,
                               (unsigned long long)length);
    }
    return 0;
}

static int write_zeros(int fd, const char *path, uint64_t n, uint64_t off, struct error *err)
{
    static const char zeros[ZERO_PIECE];
    while (n > 0) {
        size_t piece = n < ZERO_PIECE ? (size_t)n : ZERO_PIECE;
        if (cancel_check(err) < 0 || vhdx_io_write(fd, path, zeros, piece, off, err) < 0)
            return -1;
        off += piece;
        n -= piece;
    }
    return 0;
}

int vhdx_io_zero(int fd, const char *path, uint64_t n, uint64_t off, struct error *err)
{
    if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)n) == 0)
        return 0;
    return write_zeros(fd, path, n, off, err);
}

int vhdx_io_fill_holes(int fd, const char *path, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_errno(err, errno, "look at %s", path);
    for (off_t at = 0; at < status.st_size;) {
        off_t hole = lseek(fd, at, SEEK_HOLE);
        if (hole < 0)
            return error_errno(err, errno, "look for holes in %s", path);
        if (hole >= status.st_size)
            return 0;
        off_t data = lseek(fd, hole, SEEK_DATA);
        if (data < 0 && errno != ENXIO) /* ENXIO: a hole up to the end */
            return error_errno(err, errno, "look for holes in %s", path);
        at = data < 0 ? status.st_size : data;
        if (write_zeros(fd, path, (uint64_t)(at - hole), (uint64_t)hole, err) < 0)
            return -1;
    }
    return 0;
}

bool vhdx_io_is_zero(const void *buf, size_t n)
{
    const unsigned char *bytes = buf;
    return n == 0 || (bytes[0] == 0 && memcmp(bytes, bytes + 1, n - 1) == 0);
}
