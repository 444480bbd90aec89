/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Pages of a file's tables that have changed in memory and not yet in the file. */
#ifndef LXKIT_VHDX_VHDX_PAGES_H
#define LXKIT_VHDX_VHDX_PAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    VHDX_PAGE_BYTES = 4096,
    VHDX_PAGES_MAX = 254, /* what one entry in a log of 1 MiB can hold */
};

struct vhdx_page {
    uint64_t offset; /* in the file, a multiple of VHDX_PAGE_BYTES */
    uint8_t bytes[VHDX_PAGE_BYTES];
};

struct vhdx_pages {
    size_t n;
    struct vhdx_page *pages; /* VHDX_PAGES_MAX of them */
};

int vhdx_pages_init(struct vhdx_pages *out, struct error *err) MUST_CHECK;
void vhdx_pages_drop(struct vhdx_pages *pages);
/* The page at offset; NULL where it has not changed. */
struct vhdx_page *vhdx_pages_find(const struct vhdx_pages *pages, uint64_t offset);
/* Adds a page that is not there yet; there must be room. */
struct vhdx_page *vhdx_pages_add(struct vhdx_pages *pages, uint64_t offset, const void *bytes);
/* Lays what has changed over n bytes read at off; both multiples of VHDX_PAGE_BYTES. */
void vhdx_pages_lay_over(const struct vhdx_pages *pages, void *buf, size_t n, uint64_t off);

#endif
