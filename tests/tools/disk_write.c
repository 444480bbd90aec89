/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Writes to a disk in place, from its start on, as scripts/bench times it:
 *
 *     disk_write DISK MIB FLUSHED
 *
 * writes MIB megabytes in pieces of 256 KiB and flushes behind each FLUSHED megabytes. A VHDX gets
 * blocks and table entries, a raw disk nothing but the bytes. */
#include <stdio.h>
#include <string.h>

#include "core/disk.h"

enum {
    MIB = 1 << 20,
    PIECE = 256 << 10,
};

static int write_all(struct blockdev *dev, uint64_t n, uint64_t flushed, struct error *err)
{
    static char piece[PIECE];
    memset(piece, 'w', sizeof(piece));
    for (uint64_t off = 0; off < n; off += sizeof(piece)) {
        if (blockdev_pwrite(dev, piece, sizeof(piece), off, err) < 0)
            return -1;
        if ((off + sizeof(piece)) % flushed == 0 && blockdev_flush(dev, err) < 0)
            return -1;
    }
    return 0;
}

int main(int argc, char **argv)
{
    struct error err = {0};
    struct blockdev *dev;
    uint64_t n = argc == 4 ? strtoull(argv[2], NULL, 10) * MIB : 0;
    uint64_t flushed = argc == 4 ? strtoull(argv[3], NULL, 10) * MIB : 0;
    if (n == 0 || flushed == 0) {
        fprintf(stderr, "usage: disk_write DISK MIB FLUSHED\n");
        return 2;
    }
    if (disk_open_rw(&dev, argv[1], &err) == 0) {
        if (write_all(dev, n, flushed, &err) == 0 && blockdev_close(dev, &err) == 0)
            return 0;
    }
    fprintf(stderr, "disk_write: %s\n", err.text);
    return 1;
}
