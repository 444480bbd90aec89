/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_io.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BLOCK_BYTES = 1024, /* what libext2fs expects before it sets a size */
};

/* libext2fs opens by name only: the name is the address of the struct ext4_io. */
void ext4_io_init(struct ext4_io *io, struct blockdev *dev)
{
    *io = (struct ext4_io){.dev = dev};
    snprintf(io->name, sizeof(io->name), "blockdev:%" PRIxPTR, (uintptr_t)io);
}

static errcode_t io_open(const char *name, int flags, io_channel *out)
{
    uintptr_t address;
    if (sscanf(name, "blockdev:%" SCNxPTR, &address) != 1)
        return EXT2_ET_BAD_DEVICE_NAME;

    io_channel channel = calloc(1, sizeof(*channel));
    char *copy = strdup(name);
    if (!channel || !copy) {
        free(channel);
        free(copy);
        return EXT2_ET_NO_MEMORY;
    }
    channel->magic = EXT2_ET_MAGIC_IO_CHANNEL;
    channel->manager = ext4_io_manager();
    channel->name = copy;
    channel->block_size = FIRST_BLOCK_BYTES;
    channel->refcount = 1;
    channel->flags = CHANNEL_FLAGS_WRITETHROUGH | CHANNEL_FLAGS_DISCARD_ZEROES;
    channel->private_data = (void *)address;
    (void)flags;
    *out = channel;
    return 0;
}

static errcode_t io_close(io_channel channel)
{
    if (--channel->refcount > 0)
        return 0;
    free(channel->name);
    free(channel);
    return 0;
}

static errcode_t io_set_blksize(io_channel channel, int size)
{
    channel->block_size = size;
    return 0;
}

/* A negative count is a number of bytes. */
static size_t io_length(io_channel channel, int count)
{
    return count < 0 ? (size_t) - (int64_t)count : (size_t)count * (size_t)channel->block_size;
}

static errcode_t io_read_blk64(io_channel channel, unsigned long long block, int count, void *data)
{
    struct ext4_io *io = channel->private_data;
    int rc = blockdev_pread(io->dev, data, io_length(channel, count),
                            block * (unsigned)channel->block_size, &io->error);
    return rc < 0 ? EXT2_ET_SHORT_READ : 0;
}

static errcode_t io_write_blk64(io_channel channel, unsigned long long block, int count,
                                const void *data)
{
    struct ext4_io *io = channel->private_data;
    int rc = blockdev_pwrite(io->dev, data, io_length(channel, count),
                             block * (unsigned)channel->block_size, &io->error);
    return rc < 0 ? EXT2_ET_SHORT_WRITE : 0;
}

static errcode_t io_read_blk(io_channel channel, unsigned long block, int count, void *data)
{
    return io_read_blk64(channel, block, count, data);
}

static errcode_t io_write_blk(io_channel channel, unsigned long block, int count, const void *data)
{
    return io_write_blk64(channel, block, count, data);
}

static errcode_t io_flush(io_channel channel)
{
    (void)channel;
    return 0;
}

static errcode_t io_set_option(io_channel channel, const char *option, const char *value)
{
    (void)channel, (void)option, (void)value;
    return 0;
}

static errcode_t io_nothing(io_channel channel, unsigned long long block, unsigned long long count)
{
    (void)channel, (void)block, (void)count;
    return 0;
}

io_manager ext4_io_manager(void)
{
    static const struct struct_io_manager manager = {
        .magic = EXT2_ET_MAGIC_IO_MANAGER,
        .name = "blockdev",
        .open = io_open,
        .close = io_close,
        .set_blksize = io_set_blksize,
        .read_blk = io_read_blk,
        .write_blk = io_write_blk,
        .flush = io_flush,
        .set_option = io_set_option,
        .read_blk64 = io_read_blk64,
        .write_blk64 = io_write_blk64,
        .discard = io_nothing,
        .zeroout = io_nothing,
    };
    return (io_manager)(uintptr_t)&manager; /* libext2fs never writes to it */
}

int ext4_io_failed(const struct ext4_io *io, errcode_t code, const char *what, struct error *err)
{
    if (io->error.code != ERROR_NONE) {
        if (err)
            *err = io->error;
        return -1;
    }
    if (code == EXT2_ET_NO_MEMORY || code == ENOMEM)
        return error_no_memory(err);
    enum error_code kind = code == EXT2_ET_BLOCK_ALLOC_FAIL || code == EXT2_ET_TOOSMALL
                               ? ERROR_NO_SPACE
                               : ERROR_INTERNAL;
    return error_set(err, kind, "%s: %s", what, error_message(code));
}
