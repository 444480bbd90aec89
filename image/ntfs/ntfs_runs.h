/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where an attribute's clusters lie, and the mapping pairs that say so on disk:
 *
 *     head | length | distance        head: low half, bytes of length; high half, of distance
 *
 * The distance is signed and from the start of the run before; a hole has none. A zero head ends
 * the list. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_RUNS_H
#define LXKIT_IMAGE_NTFS_NTFS_RUNS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"

#define NTFS_HOLE UINT64_MAX

enum {
    NTFS_PAIR_BYTES_MAX = 17,
};

struct ntfs_run {
    uint64_t cluster; /* on the disk, or NTFS_HOLE */
    uint64_t length;  /* clusters */
};

/* Without gaps, from the attribute's first cluster on. */
struct ntfs_runs {
    size_t n;
    uint64_t clusters; /* of all runs */
    uint64_t stored;   /* of those that are no holes */
    struct ntfs_run list[];
};

/* Runs being made; starts as {0} and may be used again after ntfs_runs_keep(). */
struct ntfs_runs_builder {
    struct ntfs_run *list;
    size_t n, size;
    uint64_t clusters;
    bool holes; /* there are some */
};

/* The clusters that follow the last ones; a run that goes on from it joins it. */
int ntfs_runs_add(struct ntfs_runs_builder *builder, uint64_t cluster, uint64_t length,
                  struct error *err) MUST_CHECK;
void ntfs_runs_clear(struct ntfs_runs_builder *builder);
/* The finished runs in the arena; the builder is empty again. */
int ntfs_runs_keep(struct ntfs_runs_builder *builder, struct arena *arena, struct ntfs_runs **out,
                   struct error *err) MUST_CHECK;
/* One run, in the arena. */
int ntfs_runs_one(struct arena *arena, uint64_t cluster, uint64_t length, struct ntfs_runs **out,
                  struct error *err) MUST_CHECK;
void ntfs_runs_free(struct ntfs_runs_builder *builder);

/* Writes the mapping pairs of runs from *first on that fit in size bytes with their end mark, and
 * moves *first behind them. Returns the bytes; to may be NULL to know their number. */
size_t ntfs_runs_pack(const struct ntfs_runs *runs, size_t *first, uint8_t *to, size_t size);

#endif
