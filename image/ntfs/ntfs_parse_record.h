/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record of the master file table, taken apart. Of a sound record every attribute lies whole in
 * it, and so do its name, its value or its mapping pairs. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_PARSE_RECORD_H
#define LXKIT_IMAGE_NTFS_NTFS_PARSE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

struct ntfs_parse;

/* An attribute, or a piece of one, as it stands in a record; it points into that. */
struct ntfs_piece {
    uint32_t type;
    uint16_t flags, number;
    uint8_t name_length; /* units; 0: unnamed */
    bool resident, indexed;
    bool listed;         /* an attribute list has it */
    const uint8_t *name; /* UTF-16, little endian */
    /* Resident. */
    const uint8_t *value;
    uint32_t value_length;
    /* Not resident. Sizes are those of the first piece only. */
    uint64_t first, last; /* clusters of the attribute */
    const uint8_t *pairs;
    size_t pairs_bytes;
    uint64_t allocated, size, initialized, packed;
    uint8_t unit; /* of compression: a power of two of clusters */
};

struct ntfs_parsed_record {
    uint8_t *bytes; /* with the fixups undone */
    uint64_t number;
    uint64_t base; /* reference of the record that it extends; 0: none */
    uint16_t sequence, links;
    uint16_t flags; /* NTFS_RECORD_DIRECTORY ... */
    bool broken;    /* in use, but not sound */
    struct ntfs_piece *pieces;
    size_t n_pieces;
};

/* 1: *out is a sound record in use; 0: it is not in use, or broken. *out is to be freed in every
 * case. */
int ntfs_parse_record(struct ntfs_parse *parse, uint64_t number, struct ntfs_parsed_record *out,
                      struct error *err) MUST_CHECK;
/* The same of bytes that were read, record_bytes of them, which it owns. */
int ntfs_parse_record_in(struct ntfs_parse *parse, uint64_t number, uint8_t *bytes,
                         struct ntfs_parsed_record *out, struct error *err) MUST_CHECK;
void ntfs_parsed_record_free(struct ntfs_parsed_record *record);

/* Puts back the last words of the sectors of a record or an index block. False where the update
 * sequence does not fit: it was written in part. */
bool ntfs_parse_fixups(uint8_t *bytes, size_t size);

/* The order of the names of attributes and files. Lengths in units. */
int ntfs_parse_name_compare(const struct ntfs_parse *parse, const uint8_t *a, size_t a_length,
                            const uint8_t *b, size_t b_length);

#endif
