/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record of the master file table, taken apart. Nothing in it is believed: after
 * ntfs_record_read() every attribute lies whole in the record, and so do its name, its value or its
 * mapping pairs. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_RECORD_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_RECORD_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct ntfs_record_view {
    const uint8_t *bytes; /* borrowed */
    size_t first, end;    /* where the attributes are */
    uint64_t number;
    uint64_t base; /* reference of the record that this one extends; 0: none */
    uint16_t sequence;
    uint16_t flags; /* NTFS_RECORD_DIRECTORY ... */
};

struct ntfs_attribute_view {
    size_t at; /* in the record; for ntfs_record_next() */
    uint32_t type;
    uint16_t flags;
    uint8_t name_length; /* units; 0: unnamed */
    const uint8_t *name; /* UTF-16, little endian */
    bool resident;
    /* Resident. */
    const uint8_t *value;
    uint32_t value_length;
    /* Not resident: a piece of an attribute, the clusters first to last of it. */
    uint64_t first, last;
    const uint8_t *pairs; /* mapping pairs, up to the attribute's end */
    size_t pairs_bytes;
    uint64_t size, initialized; /* bytes; of the first piece only */
    uint8_t compression_unit;   /* clusters, as a power of two */
};

/* Undoes the fixups of a record or an index block of size bytes in place. DAMAGED where they do not
 * fit: the record was written in part. */
int ntfs_fixups_undo(uint8_t *bytes, size_t size, struct error *err) MUST_CHECK;

/* bytes: size of them, changed by undoing the fixups, and borrowed from then on. 1: *out is a sound
 * record in use; 0: it is not in use; DAMAGED. */
int ntfs_record_read(struct ntfs_record_view *out, uint8_t *bytes, size_t size, uint64_t number,
                     struct error *err) MUST_CHECK;

/* The attributes one after the other, from a zeroed *attribute on. */
bool ntfs_record_next(const struct ntfs_record_view *record, struct ntfs_attribute_view *attribute);

#endif
