/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What each MiB of a file belongs to. */
#ifndef LXKIT_VHDX_VHDX_SPACE_H
#define LXKIT_VHDX_VHDX_SPACE_H

#include <stdint.h>

#include "vhdx/vhdx_bat.h"
#include "vhdx/vhdx_file.h"

enum vhdx_owner {
    VHDX_OWNER_NONE,
    VHDX_OWNER_TABLES, /* headers, log, regions */
    VHDX_OWNER_BLOCK,
};

struct vhdx_space {
    uint8_t *owners; /* enum vhdx_owner, by MiB */
    uint64_t n;      /* MiB */
    uint64_t cursor; /* MiB; before it nothing large enough is free */
};

/* All but the blocks. Fails with LIMIT where the file is longer than VHDX_FILE_MAX. */
int vhdx_space_init(struct vhdx_space *out, const struct vhdx_file *file,
                    struct error *err) MUST_CHECK;
void vhdx_space_drop(struct vhdx_space *space);

/* Gives every block and sector bitmap its space. Two owners of one place are a broken rule. */
int vhdx_space_claim_blocks(struct vhdx_space *space, struct vhdx_bat *bat,
                            struct vhdx_judge *judge, struct error *err) MUST_CHECK;

/* Free space for length bytes within the file, now a block's; 0: there is none. */
uint64_t vhdx_space_take(struct vhdx_space *space, uint64_t length);
/* Makes the file's end of length bytes, which was just added, a block's. */
int vhdx_space_grow(struct vhdx_space *space, uint64_t at, uint64_t length,
                    struct error *err) MUST_CHECK;
void vhdx_space_free(struct vhdx_space *space, uint64_t at, uint64_t length);
/* Where the last owner's space ends. */
uint64_t vhdx_space_end(const struct vhdx_space *space);

#endif
