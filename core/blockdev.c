/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/blockdev.h"

#include <inttypes.h>

static int check_range(const struct blockdev *self, uint64_t n, uint64_t off, struct error *err)
{
    if (off <= self->size && n <= self->size - off)
        return 0;
    return error_set(err, ERROR_INTERNAL,
                     "%" PRIu64 " bytes at %" PRIu64 " lie beyond the end of a disk of %" PRIu64
                     " bytes; this is a bug, please report it",
                     n, off, self->size);
}

static int check_write(const struct blockdev *self, uint64_t n, uint64_t off, struct error *err)
{
    if (!self->writable)
        return error_set(err, ERROR_INTERNAL,
                         "a disk that is open for reading is written to; this is a bug, please "
                         "report it");
    return check_range(self, n, off, err);
}

int blockdev_pread(struct blockdev *self, void *buf, size_t n, uint64_t off, struct error *err)
{
    if (check_range(self, n, off, err) < 0)
        return -1;
    return n == 0 ? 0 : self->ops->pread(self, buf, n, off, err);
}

int blockdev_pwrite(struct blockdev *self, const void *buf, size_t n, uint64_t off,
                    struct error *err)
{
    if (check_write(self, n, off, err) < 0)
        return -1;
    return n == 0 ? 0 : self->ops->pwrite(self, buf, n, off, err);
}

int blockdev_zero(struct blockdev *self, uint64_t n, uint64_t off, struct error *err)
{
    if (check_write(self, n, off, err) < 0)
        return -1;
    return n == 0 ? 0 : self->ops->zero(self, n, off, err);
}

int blockdev_extent(struct blockdev *self, uint64_t off, struct extent *out, struct error *err)
{
    if (check_range(self, 1, off, err) < 0)
        return -1;
    return self->ops->extent(self, off, out, err);
}

int blockdev_identify(struct blockdev *self, const struct sha256 *identity, struct error *err)
{
    return self->ops->identify ? self->ops->identify(self, identity, err) : 0;
}

int blockdev_flush(struct blockdev *self, struct error *err)
{
    return self->ops->flush(self, err);
}

int blockdev_close(struct blockdev *self, struct error *err)
{
    return self->ops->close(self, err);
}

void blockdev_abandon(struct blockdev *self)
{
    if (self)
        self->ops->abandon(self);
}

/* ---- the n-th write fails ---- */

struct faulty {
    struct blockdev dev;
    struct blockdev *inner;
    uint64_t n; /* writes until the failure, 0 after it */
};

static int faulty_count(struct faulty *self, struct error *err)
{
    if (self->n == 0 || --self->n > 0)
        return 0;
    return error_set(err, ERROR_IO,
                     "write to the disk: it fails as it was told to; this is a test");
}

static int faulty_pread(struct blockdev *dev, void *buf, size_t n, uint64_t off, struct error *err)
{
    return blockdev_pread(((struct faulty *)dev)->inner, buf, n, off, err);
}

static int faulty_pwrite(struct blockdev *dev, const void *buf, size_t n, uint64_t off,
                         struct error *err)
{
    struct faulty *self = (struct faulty *)dev;
    return faulty_count(self, err) < 0 ? -1 : blockdev_pwrite(self->inner, buf, n, off, err);
}

static int faulty_zero(struct blockdev *dev, uint64_t n, uint64_t off, struct error *err)
{
    struct faulty *self = (struct faulty *)dev;
    return faulty_count(self, err) < 0 ? -1 : blockdev_zero(self->inner, n, off, err);
}

static int faulty_extent(struct blockdev *dev, uint64_t off, struct extent *out, struct error *err)
{
    return blockdev_extent(((struct faulty *)dev)->inner, off, out, err);
}

static int faulty_identify(struct blockdev *dev, const struct sha256 *identity, struct error *err)
{
    return blockdev_identify(((struct faulty *)dev)->inner, identity, err);
}

static int faulty_flush(struct blockdev *dev, struct error *err)
{
    return blockdev_flush(((struct faulty *)dev)->inner, err);
}

static int faulty_close(struct blockdev *dev, struct error *err)
{
    int rc = blockdev_close(((struct faulty *)dev)->inner, err);
    free(dev);
    return rc;
}

static void faulty_abandon(struct blockdev *dev)
{
    blockdev_abandon(((struct faulty *)dev)->inner);
    free(dev);
}

static const struct blockdev_ops faulty_ops = {
    .pread = faulty_pread,
    .pwrite = faulty_pwrite,
    .zero = faulty_zero,
    .extent = faulty_extent,
    .identify = faulty_identify,
    .flush = faulty_flush,
    .close = faulty_close,
    .abandon = faulty_abandon,
};

int blockdev_faulty(struct blockdev **out, struct blockdev *inner, uint64_t n, struct error *err)
{
    struct faulty *self = calloc(1, sizeof(*self));
    if (!self) {
        blockdev_abandon(inner);
        return error_no_memory(err);
    }
    self->dev = (struct blockdev){&faulty_ops, inner->size, inner->writable};
    self->inner = inner;
    self->n = n;
    *out = &self->dev;
    return 0;
}
