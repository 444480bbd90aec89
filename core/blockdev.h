/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A block device: fixed-size random access, as bytes. All offsets and lengths are in bytes.
 *
 * Transfers are whole or fail; a range beyond `size` fails with INTERNAL. Not thread-safe. */
#ifndef LXKIT_CORE_BLOCKDEV_H
#define LXKIT_CORE_BLOCKDEV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/atomic_file.h"
#include "core/digest.h"
#include "core/error.h"

/* A run of bytes of one kind. */
struct extent {
    uint64_t offset;
    uint64_t length;
    bool allocated; /* false: nothing is stored there, it reads as zeros */
};

struct blockdev;

struct blockdev_ops {
    int (*pread)(struct blockdev *self, void *buf, size_t n, uint64_t off, struct error *err);
    int (*pwrite)(struct blockdev *self, const void *buf, size_t n, uint64_t off,
                  struct error *err);
    /* Makes n bytes read as zeros, giving up the space where that is possible. */
    int (*zero)(struct blockdev *self, uint64_t n, uint64_t off, struct error *err);
    /* The run that holds byte off, from off on and up to the device's end at most. */
    int (*extent)(struct blockdev *self, uint64_t off, struct extent *out, struct error *err);
    /* Names what every identifier of the container is derived from, instead of random ones. NULL
     * where the container has no identifiers. Before close. */
    int (*identify)(struct blockdev *self, const struct sha256 *identity, struct error *err);
    /* Everything written so far is stable. */
    int (*flush)(struct blockdev *self, struct error *err);
    /* Finishes the container (tables, headers) and frees, also on failure. */
    int (*close)(struct blockdev *self, struct error *err);
    /* Frees without finishing: what was written is of no use. */
    void (*abandon)(struct blockdev *self);
};

struct blockdev {
    const struct blockdev_ops *ops;
    uint64_t size;
    bool writable;
};

/* These check the range and the right to write, then call the driver. */
int blockdev_pread(struct blockdev *self, void *buf, size_t n, uint64_t off,
                   struct error *err) MUST_CHECK;
int blockdev_pwrite(struct blockdev *self, const void *buf, size_t n, uint64_t off,
                    struct error *err) MUST_CHECK;
int blockdev_zero(struct blockdev *self, uint64_t n, uint64_t off, struct error *err) MUST_CHECK;
int blockdev_extent(struct blockdev *self, uint64_t off, struct extent *out,
                    struct error *err) MUST_CHECK;
int blockdev_identify(struct blockdev *self, const struct sha256 *identity,
                      struct error *err) MUST_CHECK;
int blockdev_flush(struct blockdev *self, struct error *err) MUST_CHECK;
int blockdev_close(struct blockdev *self, struct error *err) MUST_CHECK;
void blockdev_abandon(struct blockdev *self); /* NULL is fine */

/* A raw disk image or a real block device by path. Read-only. */
int blockdev_open_raw(struct blockdev **out, const char *path, struct error *err) MUST_CHECK;
/* The same, read-write and locked (see below): for changing a disk in place. */
int blockdev_open_raw_rw(struct blockdev **out, const char *path, struct error *err) MUST_CHECK;
/* A raw disk of size bytes in a file being made (not owned; its fd is used), all holes at first. */
int blockdev_create_raw(struct blockdev **out, struct atomic_file *file, uint64_t size,
                        struct error *err) MUST_CHECK;
/* A disk in memory, all zeros, for tests and small things. */
int blockdev_create_memory(struct blockdev **out, uint64_t size, struct error *err) MUST_CHECK;

/* Locks an open disk image or block device against everybody else until fd is closed: BUSY while a
 * virtual machine, a loop device or another writer has it. path is for the messages. */
int blockdev_lock(int fd, const char *path, struct error *err) MUST_CHECK;
/* Whether blockdev_lock() would succeed, for who only reads and wants it to stand still. */
int blockdev_check_unused(int fd, const char *path, struct error *err) MUST_CHECK;

/* The decorators own inner at once, also when they fail. */

/* The size bytes of inner from start on, as a device; INTERNAL where they do not lie in it. */
int blockdev_window(struct blockdev **out, struct blockdev *inner, uint64_t start, uint64_t size,
                    struct error *err) MUST_CHECK;
/* Collects writes in large buffers and hands these to a thread, which writes them to inner in
 * order; pwrite() then costs little more than a copy. Every other operation first waits until all
 * is written, so that inner is never used by two threads at once. An error of the thread fails the
 * next pwrite, flush or close, and all that follow. */
int blockdev_write_behind(struct blockdev **out, struct blockdev *inner,
                          struct error *err) MUST_CHECK;
/* For tests: passes everything on, but the n-th pwrite or zero (from 1) fails. */
int blockdev_faulty(struct blockdev **out, struct blockdev *inner, uint64_t n,
                    struct error *err) MUST_CHECK;

static inline void blockdev_abandonp(struct blockdev **dev)
{
    blockdev_abandon(*dev);
}

#define AUTO_BLOCKDEV CLEANUP(blockdev_abandonp)

#endif
