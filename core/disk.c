/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/disk.h"

#include <string.h>
#include <strings.h>

enum {
    RAW_STEP_BYTES = 512, /* a sector */
};

static bool raw_probe(UNUSED const uint8_t *head, UNUSED size_t n)
{
    return true;
}

static int raw_create(struct blockdev **out, struct atomic_file *file,
                      const struct disk_geometry *geometry, struct error *err)
{
    return blockdev_create_raw(out, file, geometry->size, err);
}

const struct disk_driver disk_raw = {
    .name = "raw",
    .suffixes = ".img .raw",
    .size_step = RAW_STEP_BYTES,
    .default_size = 0,
    .probe = raw_probe,
    .open = blockdev_open_raw,
    .open_rw = blockdev_open_raw_rw,
    .create = raw_create,
};

/* In the order of probing. */
static const struct disk_driver *const disks[] = {&disk_vhdx, &disk_raw};

const struct disk_driver *disk_by_name(const char *name)
{
    for (size_t i = 0; i < array_length(disks); i++)
        if (strcmp(disks[i]->name, name) == 0)
            return disks[i];
    return NULL;
}

static bool ends_with(const char *path, const char *suffix, size_t n)
{
    size_t length = strlen(path);
    return length > n && strncasecmp(path + length - n, suffix, n) == 0;
}

const struct disk_driver *disk_by_suffix(const char *path)
{
    for (size_t i = 0; i < array_length(disks); i++) {
        const char *suffix = disks[i]->suffixes;
        while (*suffix) {
            size_t n = strcspn(suffix, " ");
            if (ends_with(path, suffix, n))
                return disks[i];
            suffix += n;
            suffix += strspn(suffix, " ");
        }
    }
    return NULL;
}

static ssize_t head_read(const char *path, uint8_t *head, size_t n, struct error *err)
{
    struct blockdev *raw AUTO_BLOCKDEV = NULL;
    if (blockdev_open_raw(&raw, path, err) < 0)
        return -1;
    if (n > raw->size)
        n = (size_t)raw->size;
    return blockdev_pread(raw, head, n, 0, err) < 0 ? -1 : (ssize_t)n;
}

/* Whose container the content shows; NULL with err set. */
static const struct disk_driver *driver_of(const char *path, struct error *err)
{
    uint8_t head[DISK_PROBE_BYTES] = {0};
    ssize_t n = head_read(path, head, sizeof(head), err);
    if (n < 0)
        return NULL;
    size_t i = 0;
    while (!disks[i]->probe(head, (size_t)n))
        i++;
    return disks[i];
}

int disk_open(struct blockdev **out, const char *path, struct error *err)
{
    const struct disk_driver *driver = driver_of(path, err);
    return driver ? driver->open(out, path, err) : -1;
}

int disk_open_rw(struct blockdev **out, const char *path, struct error *err)
{
    const struct disk_driver *driver = driver_of(path, err);
    return driver ? driver->open_rw(out, path, err) : -1;
}
