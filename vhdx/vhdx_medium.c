/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_medium.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "core/blockdev.h"
#include "vhdx/vhdx_io.h"

enum {
    STAT_UNIT = 512, /* of st_blocks */
};

int vhdx_medium_read(struct vhdx_medium *self, void *buf, size_t n, uint64_t off, struct error *err)
{
    if (off > self->length || n > self->length - off)
        return error_set(err, ERROR_DAMAGED,
                         "%s ends at byte %llu, in the middle of something that belongs to it; it "
                         "was cut off: copy or download it again",
                         self->path, (unsigned long long)self->length);
    return n == 0 ? 0 : self->ops->read(self, buf, n, off, err);
}

int vhdx_medium_write(struct vhdx_medium *self, const void *buf, size_t n, uint64_t off,
                      struct error *err)
{
    return n == 0 ? 0 : self->ops->write(self, buf, n, off, err);
}

int vhdx_medium_zero(struct vhdx_medium *self, uint64_t n, uint64_t off, struct error *err)
{
    return n == 0 ? 0 : self->ops->zero(self, n, off, err);
}

int vhdx_medium_resize(struct vhdx_medium *self, uint64_t length, struct error *err)
{
    return length == self->length ? 0 : self->ops->resize(self, length, err);
}

int vhdx_medium_flush(struct vhdx_medium *self, struct error *err)
{
    return self->ops->flush(self, err);
}

void vhdx_medium_close(struct vhdx_medium *self)
{
    if (self)
        self->ops->close(self);
}

/* ---- a file ---- */

struct file_medium {
    struct vhdx_medium medium;
    int fd;
    bool borrowed; /* fd is not ours */
    char *path;
};

static struct file_medium *file_of(struct vhdx_medium *medium)
{
    return (struct file_medium *)medium;
}

static int file_read(struct vhdx_medium *self, void *buf, size_t n, uint64_t off, struct error *err)
{
    return vhdx_io_read(file_of(self)->fd, self->path, buf, n, off, err);
}

static int file_write(struct vhdx_medium *self, const void *buf, size_t n, uint64_t off,
                      struct error *err)
{
    if (vhdx_io_write(file_of(self)->fd, self->path, buf, n, off, err) < 0)
        return -1;
    if (off + n > self->length)
        self->length = off + n;
    return 0;
}

static int file_zero(struct vhdx_medium *self, uint64_t n, uint64_t off, struct error *err)
{
    return vhdx_io_zero(file_of(self)->fd, self->path, n, off, err);
}

static int file_resize(struct vhdx_medium *self, uint64_t length, struct error *err)
{
    if (vhdx_io_truncate(file_of(self)->fd, self->path, length, err) < 0)
        return -1;
    self->length = length;
    return 0;
}

static int file_flush(struct vhdx_medium *self, struct error *err)
{
    if (self->writable && fdatasync(file_of(self)->fd) < 0)
        return error_errno(err, errno, "flush %s", self->path);
    return 0;
}

static void file_close(struct vhdx_medium *self)
{
    struct file_medium *file = file_of(self);
    if (!file->borrowed)
        cleanup_fd(&file->fd);
    free(file->path);
    free(file);
}

static const struct vhdx_medium_ops file_ops = {
    .read = file_read,
    .write = file_write,
    .zero = file_zero,
    .resize = file_resize,
    .flush = file_flush,
    .close = file_close,
};

static int file_new(struct file_medium **out, int fd, const char *path, struct error *err)
{
    struct stat status;
    if (fstat(fd, &status) < 0)
        return error_errno(err, errno, "look at %s", path);
    if (!S_ISREG(status.st_mode))
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is not a VHDX: it is not a regular file; name a VHDX", path);
    struct file_medium *file = calloc(1, sizeof(*file));
    char *copy = strdup(path);
    if (!file || !copy) {
        free(file);
        free(copy);
        return error_no_memory(err);
    }
    *file = (struct file_medium){
        .medium = {.ops = &file_ops,
                   .path = copy,
                   .length = (uint64_t)status.st_size,
                   .stored = (uint64_t)status.st_blocks * STAT_UNIT},
        .fd = fd,
        .path = copy,
    };
    *out = file;
    return 0;
}

int vhdx_medium_open(struct vhdx_medium **out, const char *path, enum vhdx_access access,
                     struct error *err)
{
    int mode = access == VHDX_READ_WRITE ? O_RDWR : O_RDONLY;
    struct file_medium *file;
    /* O_NONBLOCK: a FIFO is refused instead of waited for. */
    int fd AUTO_FD = open(path, mode | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    if (access == VHDX_READ_WRITE && blockdev_lock(fd, path, err) < 0)
        return -1;
    if (file_new(&file, fd, path, err) < 0)
        return -1;
    steal_fd(&fd);
    file->medium.writable = access == VHDX_READ_WRITE;
    *out = &file->medium;
    return 0;
}

int vhdx_medium_wrap(struct vhdx_medium **out, int fd, const char *path, struct error *err)
{
    struct file_medium *file;
    if (file_new(&file, fd, path, err) < 0)
        return -1;
    file->borrowed = true;
    file->medium.writable = true;
    *out = &file->medium;
    return 0;
}
