/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_read.h"

#include <stdlib.h>
#include <string.h>

#include "vhdx/vhdx_bat.h"
#include "vhdx/vhdx_io.h"

struct vhdx_reader {
    struct blockdev dev;
    struct vhdx_file *file;
    struct vhdx_bat bat;
    struct vhdx_judge judge;
};

static struct vhdx_reader *reader_of(struct blockdev *dev)
{
    return (struct vhdx_reader *)dev;
}

/* The longest run from off on, at most n bytes, that is one piece of the file, or zeros (*at 0). */
static int run_find(struct vhdx_reader *reader, uint64_t off, uint64_t n, uint64_t *at,
                    uint64_t *length, struct error *err)
{
    uint64_t block_size = reader->file->layout.block_size;
    uint64_t block = off / block_size;
    uint64_t within = off % block_size;
    struct vhdx_block first;
    if (vhdx_bat_block(&reader->bat, &reader->judge, block, &first, err) < 0)
        return -1;
    *at = first.content ? first.at + within : 0;
    *length = block_size - within;
    while (*length < n) {
        struct vhdx_block next;
        if (vhdx_bat_block(&reader->bat, &reader->judge, ++block, &next, err) < 0)
            return -1;
        if (next.content != first.content || (first.content && next.at != *at + *length))
            break;
        *length += block_size;
    }
    if (*length > n)
        *length = n;
    return 0;
}

static int reader_pread(struct blockdev *self, void *buf, size_t n, uint64_t off, struct error *err)
{
    struct vhdx_reader *reader = reader_of(self);
    char *to = buf;
    while (n > 0) {
        uint64_t at;
        uint64_t length;
        if (run_find(reader, off, n, &at, &length, err) < 0)
            return -1;
        size_t piece = (size_t)length;
        if (at == 0)
            memset(to, 0, piece);
        else if (vhdx_io_read(reader->file->fd, reader->file->path, to, piece, at, err) < 0)
            return -1;
        to += piece;
        off += piece;
        n -= piece;
    }
    return 0;
}

static int reader_extent(struct blockdev *self, uint64_t off, struct extent *out, struct error *err)
{
    struct vhdx_reader *reader = reader_of(self);
    const struct vhdx_layout *layout = &reader->file->layout;
    uint64_t block = off / layout->block_size;
    struct vhdx_block first;
    struct vhdx_block next;
    if (vhdx_bat_block(&reader->bat, &reader->judge, block, &first, err) < 0)
        return -1;
    while (++block < layout->n_blocks) {
        if (vhdx_bat_block(&reader->bat, &reader->judge, block, &next, err) < 0)
            return -1;
        if (next.content != first.content)
            break;
    }
    uint64_t end = block < layout->n_blocks ? block * layout->block_size : self->size;
    *out = (struct extent){.offset = off, .length = end - off, .allocated = first.content};
    return 0;
}

static int reader_pwrite(struct blockdev *self, const void *buf UNUSED, size_t n UNUSED,
                         uint64_t off UNUSED, struct error *err)
{
    return error_set(err, ERROR_INTERNAL, "%s is open for reading only",
                     reader_of(self)->file->path);
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
    struct vhdx_reader *reader = reader_of(self);
    vhdx_bat_drop(&reader->bat);
    vhdx_file_close(reader->file);
    free(reader);
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

int vhdx_read_open(struct blockdev **out, const char *path, struct error *err)
{
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    struct vhdx_judge judge = {.purpose = VHDX_TO_OPEN};
    if (vhdx_file_open(&file, path, &judge, err) < 0)
        return -1;
    struct vhdx_reader *reader = calloc(1, sizeof(*reader));
    if (!reader)
        return error_no_memory(err);
    if (vhdx_bat_init(&reader->bat, file, err) < 0) {
        free(reader);
        return -1;
    }
    reader->dev = (struct blockdev){.ops = &reader_ops, .size = file->layout.virtual_size};
    reader->judge = (struct vhdx_judge){.purpose = VHDX_TO_OPEN, .path = file->path};
    reader->file = steal(&file);
    *out = &reader->dev;
    return 0;
}
