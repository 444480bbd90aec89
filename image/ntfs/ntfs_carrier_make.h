/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The carrier of one file, made of what the tree says of it. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CARRIER_MAKE_H
#define LXKIT_IMAGE_NTFS_NTFS_CARRIER_MAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_eas.h"
#include "image/tree.h"

/* Grows; starts as {0}. */
struct ntfs_carrier_made {
    uint8_t *bytes;
    size_t n, size; /* n: 0 where nothing needs to be carried */
};

struct ntfs_carrier_input {
    const struct tree_file *file;
    uint32_t mode; /* with the type's bits */
    const struct tree_name *const *names;
    size_t n_names;
    uint64_t links;             /* which files were one; 0: it is whole */
    const struct ntfs_eas *eas; /* of file, as they are visible */
};

/* Whether an attribute of that name can be carried. */
bool ntfs_carrier_holds(const char *name);
int ntfs_carrier_make(struct ntfs_carrier_made *out, const struct ntfs_carrier_input *input,
                      struct error *err) MUST_CHECK;
void ntfs_carrier_free(struct ntfs_carrier_made *made);

#endif
