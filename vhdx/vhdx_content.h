/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What is on the virtual disk of a finished file. */
#ifndef LXKIT_VHDX_VHDX_CONTENT_H
#define LXKIT_VHDX_VHDX_CONTENT_H

#include "core/blockdev.h"
#include "vhdx/vhdx_bat.h"
#include "vhdx/vhdx_file.h"

struct vhdx_content {
    struct vhdx_file *file;
    struct vhdx_bat bat;
    struct vhdx_judge judge;
    struct blockdev *parent; /* of a differencing disk */
    uint8_t *bits;           /* of the block that bits_of names: which sectors are in the file */
    uint64_t bits_of;        /* block + 1; 0: none */
};

/* Owns file at once, also on failure. changes: see vhdx_bat.h. The parent is the caller's to set.
 */
int vhdx_content_init(struct vhdx_content *out, struct vhdx_file *file, enum vhdx_purpose purpose,
                      struct vhdx_pages *changes, struct error *err) MUST_CHECK;
void vhdx_content_drop(struct vhdx_content *content);

int vhdx_content_read(struct vhdx_content *content, void *buf, size_t n, uint64_t off,
                      struct error *err) MUST_CHECK;

/* Bytes of the disk that are in one place. */
struct vhdx_run {
    enum vhdx_source source; /* never VHDX_IN_BOTH */
    unsigned state;          /* of its blocks */
    uint64_t length;
    uint64_t at; /* in the file */
};

/* The longest run from off on, at most n bytes of it. */
int vhdx_content_run(struct vhdx_content *content, uint64_t off, uint64_t n, struct vhdx_run *out,
                     struct error *err) MUST_CHECK;
/* As blockdev_extent(). */
int vhdx_content_extent(struct vhdx_content *content, uint64_t off, struct extent *out,
                        struct error *err) MUST_CHECK;

#endif
