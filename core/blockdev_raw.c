/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Raw disk images and real block devices. */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "core/blockdev.h"

enum {
    ZEROS_BYTES = 64 * 1024, /* written at a time where holes cannot be punched */
};

struct raw {
    struct blockdev dev;
    struct atomic_file *file; /* NULL: an existing disk, fd is ours */
    int fd;
    char *name;
};

static int raw_pread(struct blockdev *dev, void *buf, size_t n, uint64_t off, struct error *err)
{
    struct raw *self = (struct raw *)dev;
    char *to = buf;
    while (n > 0) {
        ssize_t got = pread(self->fd, to, n, (off_t)off);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return error_errno(err, errno, "read %s", self->name);
        if (got == 0)
            return error_set(err, ERROR_DAMAGED,
                             "read %s: it became shorter; see that nothing else writes to it",
                             self->name);
        to += got;
        off += (uint64_t)got;
        n -= (size_t)got;
    }
    return 0;
}

static int raw_pwrite(struct blockdev *dev, const void *buf, size_t n, uint64_t off,
                      struct error *err)
{
    struct raw *self = (struct raw *)dev;
    const char *from = buf;
    while (n > 0) {
        ssize_t put = pwrite(self->fd, from, n, (off_t)off);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_errno(err, errno, "write %s", self->name);
        from += put;
        off += (uint64_t)put;
        n -= (size_t)put;
    }
    return 0;
}

static int raw_zero(struct blockdev *dev, uint64_t n, uint64_t off, struct error *err)
{
    static const uint8_t zeros[ZEROS_BYTES];
    struct raw *self = (struct raw *)dev;
    if (fallocate(self->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)off, (off_t)n) == 0)
        return 0;
    if (errno != EOPNOTSUPP && errno != ENOSYS)
        return error_errno(err, errno, "write zeros to %s", self->name);
    while (n > 0) {
        size_t length = n < ZEROS_BYTES ? (size_t)n : ZEROS_BYTES;
        if (raw_pwrite(dev, zeros, length, off, err) < 0)
            return -1;
        off += length;
        n -= length;
    }
    return 0;
}

static int raw_extent(struct blockdev *dev, uint64_t off, struct extent *out, struct error *err)
{
    struct raw *self = (struct raw *)dev;
    *out = (struct extent){.offset = off, .length = dev->size - off, .allocated = true};
    off_t data = lseek(self->fd, (off_t)off, SEEK_DATA);
    if (data < 0 && errno == ENXIO) {
        out->allocated = false;
        return 0;
    }
    if (data < 0 && (errno == EINVAL || errno == EOPNOTSUPP))
        return 0; /* nothing is known about holes */
    if (data < 0)
        return error_errno(err, errno, "look for holes in %s", self->name);

    off_t end = data;
    out->allocated = data == (off_t)off;
    if (out->allocated)
        end = lseek(self->fd, (off_t)off, SEEK_HOLE);
    if (end < 0)
        return error_errno(err, errno, "look for holes in %s", self->name);
    if ((uint64_t)end < dev->size)
        out->length = (uint64_t)end - off;
    return 0;
}

static int raw_flush(struct blockdev *dev, struct error *err)
{
    struct raw *self = (struct raw *)dev;
    if (self->file)
        return atomic_sync(self->file, err);
    if (dev->writable && fdatasync(self->fd) < 0)
        return error_errno(err, errno, "flush %s", self->name);
    return 0;
}

static void raw_abandon(struct blockdev *dev)
{
    struct raw *self = (struct raw *)dev;
    if (!self->file)
        cleanup_fd(&self->fd);
    free(self->name);
    free(self);
}

static int raw_close(struct blockdev *dev, struct error *err)
{
    int status = 0;
    if (dev->writable && !((struct raw *)dev)->file)
        status = raw_flush(dev, err);
    raw_abandon(dev);
    return status;
}

static const struct blockdev_ops raw_ops = {
    .pread = raw_pread,
    .pwrite = raw_pwrite,
    .zero = raw_zero,
    .extent = raw_extent,
    .flush = raw_flush,
    .close = raw_close,
    .abandon = raw_abandon,
};

static int raw_new(struct raw **out, const char *name, struct error *err)
{
    struct raw *self AUTO_FREE = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->fd = -1;
    self->dev.ops = &raw_ops;
    self->name = strdup(name);
    if (!self->name)
        return error_no_memory(err);
    *out = steal(&self);
    return 0;
}

static int size_of(int fd, const char *path, uint64_t *out, struct error *err)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "open %s", path);
    if (S_ISREG(st.st_mode)) {
        *out = (uint64_t)st.st_size;
        return 0;
    }
    if (S_ISBLK(st.st_mode)) {
        if (ioctl(fd, BLKGETSIZE64, out) < 0)
            return error_errno(err, errno, "ask for the size of %s", path);
        return 0;
    }
    return error_set(err, ERROR_WRONG_KIND,
                     "open %s: this is no disk; name a disk image or a block device", path);
}

static int open_raw(struct blockdev **out, const char *path, bool writable, struct error *err)
{
    /* O_NONBLOCK: a FIFO must be refused, not waited for. */
    int mode = writable ? O_RDWR | O_EXCL : O_RDONLY; /* O_EXCL: no block device that is mounted */
    int fd AUTO_FD = open(path, mode | O_CLOEXEC | O_NONBLOCK);
    uint64_t size;
    struct raw *self;
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    if (size_of(fd, path, &size, err) < 0 || (writable && blockdev_lock(fd, path, err) < 0) ||
        raw_new(&self, path, err) < 0)
        return -1;
    self->fd = steal_fd(&fd);
    self->dev.size = size;
    self->dev.writable = writable;
    *out = &self->dev;
    return 0;
}

int blockdev_open_raw(struct blockdev **out, const char *path, struct error *err)
{
    return open_raw(out, path, false, err);
}

int blockdev_open_raw_rw(struct blockdev **out, const char *path, struct error *err)
{
    return open_raw(out, path, true, err);
}

int blockdev_create_raw(struct blockdev **out, struct atomic_file *file, uint64_t size,
                        struct error *err)
{
    struct raw *self;
    if (size > INT64_MAX || ftruncate(file->fd, (off_t)size) < 0)
        return error_errno(err, size > INT64_MAX ? EFBIG : errno, "make %s %ju bytes long",
                           file->path, (uintmax_t)size);
    if (raw_new(&self, file->path, err) < 0)
        return -1;
    self->file = file;
    self->fd = file->fd;
    self->dev.size = size;
    self->dev.writable = true;
    *out = &self->dev;
    return 0;
}
