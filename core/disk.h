/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disk containers: what gives a blockdev out of a file. One row per container in core/disk.c.
 *
 * This is where peers meet without including each other: vhdx/ defines `disk_vhdx`, image/ asks
 * this table, and whichever program uses the table is linked with both. */
#ifndef LXKIT_CORE_DISK_H
#define LXKIT_CORE_DISK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"

struct disk_geometry {
    uint64_t size;       /* virtual bytes */
    uint32_t block_size; /* allocation unit in bytes; 0: the container's default for that size */
    bool fixed;          /* all of it is allocated from the start; nothing to a raw disk */
};

struct disk_driver {
    const char *name;      /* "vhdx", as --container takes it */
    const char *suffixes;  /* file name endings that ask for it, separated by spaces */
    uint64_t default_size; /* bytes, for a disk whose size was not said; 0: fitted to its content */
    uint64_t size_step;    /* bytes that every size is a multiple of */
    bool (*probe)(const uint8_t *head, size_t n);
    int (*open)(struct blockdev **out, const char *path, struct error *err);
    int (*open_rw)(struct blockdev **out, const char *path, struct error *err);
    int (*create)(struct blockdev **out, struct atomic_file *file,
                  const struct disk_geometry *geometry, struct error *err);
};

extern const struct disk_driver disk_raw;
extern const struct disk_driver disk_vhdx; /* vhdx/disk_vhdx.c */

/* By name ("vhdx"), NULL where there is none. */
const struct disk_driver *disk_by_name(const char *name);
/* By the ending of a file name, NULL where none fits. */
const struct disk_driver *disk_by_suffix(const char *path);
/* Opens read-only whatever container the content shows, raw as the last resort. */
int disk_open(struct blockdev **out, const char *path, struct error *err) MUST_CHECK;
/* The same for changing it in place: locked until it is closed, BUSY while anybody else has it.
 * What was written is safe against a crash once flush() or close() came back; before that the disk
 * is like one whose power fails. abandon() keeps what was flushed, and perhaps more. */
int disk_open_rw(struct blockdev **out, const char *path, struct error *err) MUST_CHECK;

enum {
    DISK_PROBE_BYTES = 64, /* how much of a file's head a probe is given at most */
};

#endif
