/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the identifiers of a reproducible image follow from: SOURCE_DATE_EPOCH, the options, and
 * every entry's metadata in order. Without SOURCE_DATE_EPOCH nothing is computed. */
#ifndef LXKIT_IMAGE_IDENTITY_H
#define LXKIT_IMAGE_IDENTITY_H

#include <stdint.h>

#include "core/digest.h"
#include "core/epoch.h"
#include "core/error.h"
#include "image/entry.h"

struct identity {
    struct digest *digest; /* NULL: identifiers are random */
};

/* scheme: names what is made, and changes when that changes for the same input. */
int identity_begin(struct identity *identity, const char *scheme, const struct epoch *epoch,
                   uint64_t size, uint64_t inodes, struct error *err) MUST_CHECK;
int identity_entry(struct identity *identity, const struct entry *entry,
                   struct error *err) MUST_CHECK;
int identity_finish(struct identity *identity, struct sha256 *out, struct error *err) MUST_CHECK;
void identity_free(struct identity *identity);

#endif
