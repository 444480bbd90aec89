/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_read.h"

#include <stdlib.h>

#include "vhdx/vhdx_content.h"

struct vhdx_reader {
    struct blockdev dev;
    struct vhdx_content content;
};

static struct vhdx_reader *reader_of(struct blockdev *dev)
{
    return (struct vhdx_reader *)dev;
}

static int reader_pread(struct blockdev *self, void *buf, size_t n, uint64_t off, struct error *err)
{
    return vhdx_content_read(&reader_of(self)->content, buf, n, off, err);
}

static int reader_extent(struct blockdev *self, uint64_t off, struct extent *out, struct error *err)
{
    return vhdx_content_extent(&reader_of(self)->content, off, out, err);
}

static int reader_pwrite(struct blockdev *self, const void *buf UNUSED, size_t n UNUSED,
                         uint64_t off UNUSED, struct error *err)
{
    return error_set(err, ERROR_INTERNAL, "%s is open for reading only",
                     reader_of(self)->content.file->medium->path);
}

static int reader_zero(struct blockdev *self, uint64_t n UNUSED, uint64_t off UNUSED,
                       struct error *err)
{
    return reader_pwrite(self, NULL, 0, 0, err);
}

static int reader_identify(struct blockdev *self, const struct sha256 *identity UNUSED,
                           struct error *err)
{
    return reader_pwrite(self, NULL, 0, 0, err);
}

static int reader_flush(struct blockdev *self UNUSED, struct error *err UNUSED)
{
    return 0;
}

static void reader_abandon(struct blockdev *self)
{
    vhdx_content_drop(&reader_of(self)->content);
    free(self);
}

static int reader_close(struct blockdev *self, struct error *err UNUSED)
{
    reader_abandon(self);
    return 0;
}

static const struct blockdev_ops reader_ops = {
    .pread = reader_pread,
    .pwrite = reader_pwrite,
    .zero = reader_zero,
    .extent = reader_extent,
    .identify = reader_identify,
    .flush = reader_flush,
    .close = reader_close,
    .abandon = reader_abandon,
};

int vhdx_read_open_file(struct blockdev **out, struct vhdx_file *file,
                        const struct vhdx_chain *chain, struct error *err)
{
    struct vhdx_reader *reader AUTO_FREE = calloc(1, sizeof(*reader));
    if (!reader) {
        vhdx_file_close(file);
        return error_no_memory(err);
    }
    if (vhdx_content_init(&reader->content, file, VHDX_TO_OPEN, NULL, err) < 0)
        return -1;
    if (file->differencing && vhdx_parent_open(&reader->content.parent, file, chain, err) < 0) {
        vhdx_content_drop(&reader->content);
        return -1;
    }
    reader->dev = (struct blockdev){.ops = &reader_ops, .size = file->layout.virtual_size};
    *out = &steal(&reader)->dev;
    return 0;
}

int vhdx_read_open_medium(struct blockdev **out, struct vhdx_medium *medium, struct error *err)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_OPEN};
    struct vhdx_file *file;
    if (vhdx_file_open_medium(&file, medium, &judge, err) < 0)
        return -1;
    return vhdx_read_open_file(out, file, NULL, err);
}

int vhdx_read_open(struct blockdev **out, const char *path, struct error *err)
{
    struct vhdx_medium *medium;
    if (vhdx_medium_open(&medium, path, VHDX_READ_ONLY, err) < 0)
        return -1;
    return vhdx_read_open_medium(out, medium, err);
}
