/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the identifiers of a reproducible image follow from: SOURCE_DATE_EPOCH, the options, and
 * every entry's metadata in order. Without SOURCE_DATE_EPOCH nothing is computed. */
#ifndef LXKIT_IMAGE_EXT4_IDENTITY_H
#define LXKIT_IMAGE_EXT4_IDENTITY_H

#include <stdint.h>

#include "core/digest.h"
#include "core/epoch.h"
#include "core/error.h"
#include "image/entry.h"

struct ext4_identity {
    struct digest *digest; /* NULL: identifiers are random */
};

int ext4_identity_begin(struct ext4_identity *identity, const struct epoch *epoch, uint64_t size,
                        uint64_t inodes, struct error *err) MUST_CHECK;
int ext4_identity_entry(struct ext4_identity *identity, const struct entry *entry,
                        struct error *err) MUST_CHECK;
int ext4_identity_finish(struct ext4_identity *identity, struct sha256 *out,
                         struct error *err) MUST_CHECK;
void ext4_identity_free(struct ext4_identity *identity);

#endif
