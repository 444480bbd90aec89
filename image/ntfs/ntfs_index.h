/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An index of NTFS, loaded in bulk: entries come in their order, and every block is written once.
 *
 * It is a B-tree (keys stand in inner nodes too), from the leaves up:
 *
 *     a full node is closed; the entry that comes next goes up a level with the node as its child,
 *     and a new node begins behind it. The last node of a level is the child of the end entry
 * above.
 *
 * A node is never without an entry of its own, but for a root that only leads on. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_INDEX_H
#define LXKIT_IMAGE_NTFS_NTFS_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_runs.h"
#include "image/ntfs/ntfs_volume.h"

enum {
    NTFS_INDEX_LEVELS_MAX = 8, /* of 4096 bytes each; six hold 2^32 names */
    NTFS_INDEX_ROOM = NTFS_INDEX_BYTES - (int)sizeof(struct ntfs_index_block_disk),
    NTFS_ENTRY_BYTES_MAX = 608, /* with a name of 255 units and a child */
    NTFS_BLOCKS_BYTES = 176,    /* of INDEX_ALLOCATION and BITMAP with names in a record, at most */
};

struct ntfs_index_level {
    uint8_t entries[NTFS_INDEX_ROOM];
    size_t used, last;                  /* last: where the newest entry begins */
    uint8_t next[NTFS_ENTRY_BYTES_MAX]; /* came when the node was full; its length 0: none */
    size_t next_length;
};

struct ntfs_index {
    struct ntfs_volume *volume;
    size_t n_levels;
    struct ntfs_index_level *levels[NTFS_INDEX_LEVELS_MAX]; /* from the leaves up */
    uint64_t n_blocks;
    struct ntfs_runs_builder runs; /* of the blocks */
};

/* What a finished index leaves for its record. */
struct ntfs_index_made {
    uint8_t *root; /* the value of INDEX_ROOT, in arena */
    size_t root_bytes;
    struct ntfs_runs *runs; /* INDEX_ALLOCATION, likewise; NULL: there are no blocks */
    uint8_t *bitmap;        /* of the blocks, likewise */
    size_t bitmap_bytes;
    struct ntfs_runs *bitmap_runs; /* NULL: the bitmap is short, and resident */
};

void ntfs_index_begin(struct ntfs_index *index, struct ntfs_volume *volume);
/* entry: head, key and data of one entry, without a child, a multiple of 8 bytes long. */
int ntfs_index_add(struct ntfs_index *index, const void *entry, size_t length,
                   struct error *err) MUST_CHECK;
/* room: bytes that the record has for INDEX_ROOT's value, and for the attributes of blocks where
 * there are any (NTFS_BLOCKS_BYTES). type: what the keys are, or 0. The index is free again. */
int ntfs_index_finish(struct ntfs_index *index, uint32_t type, enum ntfs_collation collation,
                      size_t room, struct arena *arena, struct ntfs_index_made *out,
                      struct error *err) MUST_CHECK;
void ntfs_index_free(struct ntfs_index *index);

#endif
