/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All attributes of one file, in its own record and in those that extend it.
 *
 * Which records extend a file they say themselves, in their heads; the file's attribute list, which
 * says it once more, is not needed and so cannot lead astray. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_ATTRIBUTES_H
#define LXKIT_IMAGE_NTFS_NTFS_ATTRIBUTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_record_read.h"
#include "image/ntfs/ntfs_records.h"

enum {
    NTFS_EXTENSIONS_MAX = 1 << 16, /* records of one file */
};

/* Starts as {.table = ...}, and may turn from file to file. */
struct ntfs_attributes {
    struct ntfs_records *table; /* borrowed */
    uint8_t *bytes;
    struct ntfs_record_view *records; /* the file's own is the first */
    size_t n, size;
    struct ntfs_attribute_view *pieces; /* of one attribute */
    size_t pieces_size;
};

struct ntfs_attributes_at {
    size_t record;
    struct ntfs_attribute_view attribute;
};

/* The file in that record: 1; 0 where the record is not in use or extends another. */
int ntfs_attributes_load(struct ntfs_attributes *self, uint64_t number, bool in_order,
                         struct error *err) MUST_CHECK;
void ntfs_attributes_free(struct ntfs_attributes *self);

/* One after the other, from a zeroed *at on. A long one comes as several pieces. */
bool ntfs_attributes_next(const struct ntfs_attributes *self, struct ntfs_attributes_at *at);

/* The unnamed attribute of a type. 1 with *first its only or first piece; the clusters of all of
 * its pieces are in *runs, empty before, where it is not resident. 0: there is none. */
int ntfs_attributes_find(struct ntfs_attributes *self, uint32_t type,
                         struct ntfs_attribute_view *first, struct ntfs_runs_builder *runs,
                         struct error *err) MUST_CHECK;
/* Its value, when it has at most max bytes (DAMAGED otherwise): 1 with *out malloc'd; 0: none. */
int ntfs_attributes_value(struct ntfs_attributes *self, uint32_t type, size_t max, uint8_t **out,
                          size_t *n, struct error *err) MUST_CHECK;

#endif
