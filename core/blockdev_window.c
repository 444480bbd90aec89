/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A part of a block device, as one of its own. */
#include "core/blockdev.h"

struct window {
    struct blockdev dev;
    struct blockdev *inner;
    uint64_t start; /* in inner */
};

static int window_pread(struct blockdev *dev, void *buf, size_t n, uint64_t off, struct error *err)
{
    struct window *self = (struct window *)dev;
    return blockdev_pread(self->inner, buf, n, self->start + off, err);
}

static int window_pwrite(struct blockdev *dev, const void *buf, size_t n, uint64_t off,
                         struct error *err)
{
    struct window *self = (struct window *)dev;
    return blockdev_pwrite(self->inner, buf, n, self->start + off, err);
}

static int window_zero(struct blockdev *dev, uint64_t n, uint64_t off, struct error *err)
{
    struct window *self = (struct window *)dev;
    return blockdev_zero(self->inner, n, self->start + off, err);
}

static int window_extent(struct blockdev *dev, uint64_t off, struct extent *out, struct error *err)
{
    struct window *self = (struct window *)dev;
    if (blockdev_extent(self->inner, self->start + off, out, err) < 0)
        return -1;
    out->offset = off;
    if (out->length > dev->size - off)
        out->length = dev->size - off;
    return 0;
}

static int window_identify(struct blockdev *dev, const struct sha256 *identity, struct error *err)
{
    return blockdev_identify(((struct window *)dev)->inner, identity, err);
}

static int window_flush(struct blockdev *dev, struct error *err)
{
    return blockdev_flush(((struct window *)dev)->inner, err);
}

static int window_close(struct blockdev *dev, struct error *err)
{
    int rc = blockdev_close(((struct window *)dev)->inner, err);
    free(dev);
    return rc;
}

static void window_abandon(struct blockdev *dev)
{
    blockdev_abandon(((struct window *)dev)->inner);
    free(dev);
}

static const struct blockdev_ops window_ops = {
    .pread = window_pread,
    .pwrite = window_pwrite,
    .zero = window_zero,
    .extent = window_extent,
    .identify = window_identify,
    .flush = window_flush,
    .close = window_close,
    .abandon = window_abandon,
};

int blockdev_window(struct blockdev **out, struct blockdev *inner, uint64_t start, uint64_t size,
                    struct error *err)
{
    struct window *self = NULL;
    int rc = start <= inner->size && size <= inner->size - start
                 ? 0
                 : error_set(err, ERROR_INTERNAL,
                             "a part that ends beyond the end of its disk; this is a bug, please "
                             "report it");
    if (rc == 0 && !(self = calloc(1, sizeof(*self))))
        rc = error_no_memory(err);
    if (rc < 0) {
        blockdev_abandon(inner);
        return -1;
    }
    self->dev = (struct blockdev){&window_ops, size, inner->writable};
    self->inner = inner;
    self->start = start;
    *out = &self->dev;
    return 0;
}
