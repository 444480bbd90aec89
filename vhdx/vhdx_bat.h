/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block allocation table of a finished file, read where it is asked for. */
#ifndef LXKIT_VHDX_VHDX_BAT_H
#define LXKIT_VHDX_VHDX_BAT_H

#include <stdint.h>

#include "core/le.h"
#include "vhdx/vhdx_file.h"

enum {
    VHDX_BAT_PAGE_ENTRIES = 8192, /* 64 KiB */
    VHDX_BAT_PAGES = 16,          /* kept at most */
};

struct vhdx_bat_page {
    uint64_t number; /* from 1; 0: nothing read */
    struct le64 entries[VHDX_BAT_PAGE_ENTRIES];
};

struct vhdx_bat {
    const struct vhdx_file *file; /* not owned */
    struct vhdx_bat_page *pages;  /* page n lives at n % VHDX_BAT_PAGES */
};

int vhdx_bat_init(struct vhdx_bat *out, const struct vhdx_file *file, struct error *err) MUST_CHECK;
void vhdx_bat_drop(struct vhdx_bat *bat);
/* The entry at an index of the whole table, as stored. */
int vhdx_bat_entry(struct vhdx_bat *bat, uint64_t index, uint64_t *out,
                   struct error *err) MUST_CHECK;

/* Holds the entry of a block against the rules. *at becomes where its space lies in the file and
 * *content whether reading finds something there; at 0: it has none. */
struct vhdx_block {
    uint64_t at;
    bool content;
};
int vhdx_bat_block(struct vhdx_bat *bat, struct vhdx_judge *judge, uint64_t block,
                   struct vhdx_block *out, struct error *err) MUST_CHECK;

#endif
