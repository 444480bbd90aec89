/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The block allocation table of a finished file, read where it is asked for, and changed. */
#ifndef LXKIT_VHDX_VHDX_BAT_H
#define LXKIT_VHDX_VHDX_BAT_H

#include <stdint.h>

#include "core/le.h"
#include "vhdx/vhdx_file.h"
#include "vhdx/vhdx_pages.h"

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
    struct vhdx_pages *changes;   /* not owned; NULL: nobody changes the table */
};

int vhdx_bat_init(struct vhdx_bat *out, const struct vhdx_file *file, struct vhdx_pages *changes,
                  struct error *err) MUST_CHECK;
void vhdx_bat_drop(struct vhdx_bat *bat);
/* The entry at an index of the whole table, as stored. */
int vhdx_bat_entry(struct vhdx_bat *bat, uint64_t index, uint64_t *out,
                   struct error *err) MUST_CHECK;
/* Puts an entry among the changes. When its page is not there yet, there must be room for it. */
int vhdx_bat_set(struct vhdx_bat *bat, uint64_t index, uint64_t entry,
                 struct error *err) MUST_CHECK;

/* Where the bytes of a block are. */
enum vhdx_source {
    VHDX_IN_NOTHING, /* they are zeros */
    VHDX_IN_FILE,
    VHDX_IN_PARENT,
    VHDX_IN_BOTH, /* the chunk's sector bitmap tells, sector by sector */
};

struct vhdx_block {
    enum vhdx_source source;
    unsigned state; /* enum vhdx_block_state, as stored */
    uint64_t at;    /* where its space lies in the file; 0: it has none */
};

/* Holds the entry of a block against the rules. Space without content is told of to a check and to
 * a writer alone. */
int vhdx_bat_block(struct vhdx_bat *bat, struct vhdx_judge *judge, uint64_t block,
                   struct vhdx_block *out, struct error *err) MUST_CHECK;
/* The same for the sector bitmap of a chunk; *at is 0 where there is none. */
int vhdx_bat_bitmap(struct vhdx_bat *bat, struct vhdx_judge *judge, uint64_t chunk, uint64_t *at,
                    struct error *err) MUST_CHECK;

#endif
