/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file as its carrier says it was, wherever that is still true. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CARRIER_APPLY_H
#define LXKIT_IMAGE_NTFS_NTFS_CARRIER_APPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/ntfs/ntfs_carrier.h"
#include "image/tree.h"

/* What a carrier says beside the file's own fields. */
struct ntfs_carried {
    bool has_names; /* ntfs_carrier_name() may find some */
    uint64_t links; /* files with the same are one; 0: it was never more than this */
    size_t n_stale; /* attributes that no longer fit what is visible, and are left out */
};

/* Changes file, which is as the visible values make it. Strings of the carrier are taken where they
 * lie. LIMIT: more attributes than tree.h allows. */
int ntfs_carrier_apply(struct tree_file *file, const struct ntfs_carrier *carrier,
                       const struct ntfs_visible *visible, struct arena *arena,
                       struct ntfs_carried *out, struct error *err) MUST_CHECK;
/* The name that was turned into length units of UTF-16 (little endian); NULL: none. */
const char *ntfs_carrier_name(const struct ntfs_carrier *carrier, const uint8_t *units,
                              size_t length);

#endif
