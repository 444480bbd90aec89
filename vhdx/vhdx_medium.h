/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The file that a VHDX lies in, as bytes that can be read, written, lengthened and made stable.
 *
 * All access to a finished disk goes through one: the real file, the same file with its log
 * replayed in memory, or in tests one whose power fails. Transfers are whole or fail; writing
 * behind the end lengthens the file. */
#ifndef LXKIT_VHDX_VHDX_MEDIUM_H
#define LXKIT_VHDX_VHDX_MEDIUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct vhdx_medium;

struct vhdx_medium_ops {
    int (*read)(struct vhdx_medium *self, void *buf, size_t n, uint64_t off, struct error *err);
    int (*write)(struct vhdx_medium *self, const void *buf, size_t n, uint64_t off,
                 struct error *err);
    /* Makes n bytes within the file zeros, and gives their space back where it can. */
    int (*zero)(struct vhdx_medium *self, uint64_t n, uint64_t off, struct error *err);
    int (*resize)(struct vhdx_medium *self, uint64_t length, struct error *err);
    int (*flush)(struct vhdx_medium *self, struct error *err);
    void (*close)(struct vhdx_medium *self); /* frees; what is not flushed may be lost */
};

struct vhdx_medium {
    const struct vhdx_medium_ops *ops;
    const char *path; /* for messages; the medium's own */
    uint64_t length;
    uint64_t stored; /* bytes that the file takes on its own disk */
    bool writable;
};

enum vhdx_access {
    VHDX_READ_ONLY,
    VHDX_READ_WRITE, /* alone: fails with BUSY while anybody else has the file locked or attached */
};

/* A regular file; anything else is refused. */
int vhdx_medium_open(struct vhdx_medium **out, const char *path, enum vhdx_access access,
                     struct error *err) MUST_CHECK;
/* The same over a descriptor that stays the caller's. */
int vhdx_medium_wrap(struct vhdx_medium **out, int fd, const char *path,
                     struct error *err) MUST_CHECK;

/* Fails with DAMAGED where the file ends before. */
int vhdx_medium_read(struct vhdx_medium *self, void *buf, size_t n, uint64_t off,
                     struct error *err) MUST_CHECK;
int vhdx_medium_write(struct vhdx_medium *self, const void *buf, size_t n, uint64_t off,
                      struct error *err) MUST_CHECK;
int vhdx_medium_zero(struct vhdx_medium *self, uint64_t n, uint64_t off,
                     struct error *err) MUST_CHECK;
int vhdx_medium_resize(struct vhdx_medium *self, uint64_t length, struct error *err) MUST_CHECK;
int vhdx_medium_flush(struct vhdx_medium *self, struct error *err) MUST_CHECK;
void vhdx_medium_close(struct vhdx_medium *self); /* NULL is fine */

static inline void vhdx_medium_closep(struct vhdx_medium **medium)
{
    vhdx_medium_close(*medium);
}

#define AUTO_VHDX_MEDIUM CLEANUP(vhdx_medium_closep)

#endif
