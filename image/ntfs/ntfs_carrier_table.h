/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the carriers of a volume say that concerns more than one file: names that stand otherwise in
 * directories, and files that are parts of one. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CARRIER_TABLE_H
#define LXKIT_IMAGE_NTFS_NTFS_CARRIER_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_carrier_apply.h"
#include "image/tree.h"

struct ntfs_carrier_named {
    uint32_t number; /* of the file */
    struct ntfs_carrier carrier;
};

struct ntfs_carrier_part {
    uint32_t number, first; /* files; equal in the first one */
    uint32_t digest;
    enum entry_type type;
};

/* Starts as {0}. */
struct ntfs_carrier_table {
    struct ntfs_carrier_named *named; /* by number, as are parts */
    size_t n_named, named_size;
    struct ntfs_carrier_part *parts;
    size_t n_parts, parts_size;
};

/* Notes what a carrier said of a file; file->number rises from call to call. The carrier's bytes
 * are borrowed. */
int ntfs_carrier_table_add(struct ntfs_carrier_table *table, const struct tree_file *file,
                           const struct ntfs_carrier *carrier, const struct ntfs_carried *carried,
                           struct error *err) MUST_CHECK;
/* The file that a number is a part of; the number itself where it is whole. */
uint32_t ntfs_carrier_table_whole(const struct ntfs_carrier_table *table, uint32_t number);
/* The name of a file that stands in a directory as length units of UTF-16; NULL: just that. */
const char *ntfs_carrier_table_name(const struct ntfs_carrier_table *table, uint32_t number,
                                    const uint8_t *units, size_t length);
void ntfs_carrier_table_free(struct ntfs_carrier_table *table);

#endif
