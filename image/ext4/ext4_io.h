/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libext2fs on a block device: an io_manager whose channel reads and writes a struct blockdev.
 *
 * The device is new and reads as zeros, so zeroing and discarding need no work. Flushing is left to
 * whoever publishes the disk. */
#ifndef LXKIT_IMAGE_EXT4_IO_H
#define LXKIT_IMAGE_EXT4_IO_H

#include <ext2fs/ext2fs.h>

#include "core/blockdev.h"

enum {
    EXT4_IO_NAME_BYTES = 32,
};

struct ext4_io {
    struct blockdev *dev;          /* borrowed */
    struct error error;            /* the first one; libext2fs carries only a number */
    char name[EXT4_IO_NAME_BYTES]; /* what to open, for ext2fs_initialize() */
};

void ext4_io_init(struct ext4_io *io, struct blockdev *dev);
io_manager ext4_io_manager(void);

/* Turns libext2fs's number into an error: the device's own where it was the cause. */
int ext4_io_failed(const struct ext4_io *io, errcode_t code, const char *what, struct error *err);

#endif
