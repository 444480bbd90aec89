/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A VHDX whose power fails while somebody writes to it:
 *
 *     vhdx_cut DISK LOG N OUT
 *
 * LOG is what QEMU's blklogwrites recorded: the writes and flushes of a raw disk. They are done
 * again in place on a copy of DISK in memory, until the N-th operation on the file itself, at which
 * the power fails (tests/unit/vhdx_power.h). OUT is the file that is found afterwards. N also
 * decides the fate of what was not flushed. With N 0 the power does not fail, and the number of
 * operations is printed. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/disk.h"
#include "core/le.h"
#include "tests/unit/vhdx_power.h"
#include "vhdx/vhdx_write.h"

/* The log begins with a sector of this; every entry is a sector, too, with its data behind it. */
struct log_head {
    struct le64 magic;
    struct le64 version;
    struct le64 n;           /* entries */
    struct le32 sector_size; /* of the log, and the unit of its numbers */
};

struct log_entry {
    struct le64 sector;
    struct le64 n; /* sectors */
    struct le64 flags;
    struct le64 data_length; /* of marks */
};

#define LOG_MAGIC UINT64_C(0x6a736677736872)

enum {
    FLUSH = 1,
    FUA = 2,
    DISCARD = 4,
    HEAD_BYTES = 512,
    PHYSICAL_SECTOR = 4096,
};

static int fail(const char *what)
{
    fprintf(stderr, "vhdx_cut: %s\n", what);
    return -1;
}

static uint8_t *file_read(const char *path, size_t *n)
{
    uint8_t *bytes = malloc(POWER_BYTES_MAX);
    FILE *file = fopen(path, "rb");
    *n = 0;
    if (bytes && file)
        *n = fread(bytes, 1, POWER_BYTES_MAX, file);
    if (file)
        fclose(file);
    return bytes;
}

static int entry_play(struct blockdev *dev, const struct log_entry *entry, const uint8_t *data,
                      uint64_t unit, struct error *err)
{
    uint64_t off = le64_get(entry->sector) * unit;
    uint64_t n = le64_get(entry->n) * unit;
    uint64_t flags = le64_get(entry->flags);
    if ((flags & FLUSH) && blockdev_flush(dev, err) < 0)
        return -1;
    if ((flags & DISCARD) && n > 0)
        return blockdev_zero(dev, n, off, err);
    if (n > 0 && blockdev_pwrite(dev, data, (size_t)n, off, err) < 0)
        return -1;
    return flags & FUA ? blockdev_flush(dev, err) : 0;
}

/* Ends at the log's end, or where the disk fails. */
static int log_play(struct blockdev *dev, const uint8_t *log, size_t n)
{
    struct error err = {0};
    struct log_head head;
    memcpy(&head, log, sizeof(head));
    uint64_t unit = le32_get(head.sector_size);
    if (n < HEAD_BYTES || le64_get(head.magic) != LOG_MAGIC || unit < HEAD_BYTES)
        return fail("this is no log of writes");
    size_t at = unit;
    for (uint64_t i = 0; i < le64_get(head.n); i++) {
        struct log_entry entry;
        if (n - at < unit)
            return fail("the log was cut off");
        memcpy(&entry, log + at, sizeof(entry));
        at += unit;
        uint64_t bytes = le64_get(entry.flags) & DISCARD ? 0 : le64_get(entry.n) * unit;
        if (bytes > n - at)
            return fail("the log was cut off");
        if (entry_play(dev, &entry, log + at, unit, &err) < 0)
            return err.code == ERROR_IO ? 0 : fail(err.text);
        at += bytes;
    }
    return 0;
}

static int run(struct power_file *file, const uint8_t *log, size_t n)
{
    struct error err = {0};
    struct vhdx_medium *medium;
    struct blockdev *dev;
    if (power_file_medium(&medium, file, true, &err) < 0 ||
        vhdx_write_open_medium(&dev, medium, &err) < 0)
        return fail(err.text);
    int status = log_play(dev, log, n);
    /* A disk whose power is off cannot be closed well, and no other fails. */
    return blockdev_close(dev, &err) < 0 && err.code != ERROR_IO ? fail(err.text) : status;
}

static int result_write(const struct power_file *file, const char *path)
{
    size_t n;
    const uint8_t *bytes = power_file_bytes(file, &n);
    FILE *out = fopen(path, "wb");
    if (!out)
        return fail("cannot make the output");
    bool good = fwrite(bytes, 1, n, out) == n;
    return fclose(out) == 0 && good ? 0 : fail("cannot write the output");
}

int main(int argc, char **argv)
{
    if (argc != 5)
        return fail("usage: vhdx_cut DISK LOG N OUT") < 0 ? 2 : 0;
    size_t n_disk, n_log;
    uint8_t *disk AUTO_FREE = file_read(argv[1], &n_disk);
    uint8_t *log AUTO_FREE = file_read(argv[2], &n_log);
    if (!disk || !log || n_disk == 0 || n_log < HEAD_BYTES)
        return fail("cannot read the disk and the log") < 0;
    uint64_t n = strtoull(argv[3], NULL, 10);
    struct prng random = {n};
    struct power_file *file = power_file_new(disk, n_disk);
    /* ext4 takes it that its superblock of 1 KiB is written whole, as the physical sectors of the
     * disk let it. */
    power_file_sector(file, PHYSICAL_SECTOR);
    power_file_fail_at(file, n);
    int status = run(file, log, n_log);
    if (n == 0)
        printf("%" PRIu64 "\n", power_file_operations(file));
    else
        power_file_restart(file, &random);
    if (status == 0)
        status = result_write(file, argv[4]);
    power_file_free(file);
    return status < 0;
}
