/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A record of the master file table, put together attribute by attribute:
 *
 *     head | attribute | attribute ... | end mark          each a multiple of 8 bytes
 *
 * Attributes have to come in the order of their types (and names). */
#ifndef LXKIT_IMAGE_NTFS_NTFS_RECORD_H
#define LXKIT_IMAGE_NTFS_NTFS_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_runs.h"

enum {
    NTFS_RECORD_ROOM = NTFS_RECORD_BYTES - (int)sizeof(struct ntfs_record_disk) - 8,
    NTFS_STREAM_NAME_MAX = 8, /* letters of an attribute's name, of those that are written here */
};

/* One attribute. Lengths in bytes. */
struct ntfs_attribute {
    uint32_t type;
    const char *name; /* ASCII; NULL: none */
    bool indexed;     /* a FILE_NAME that stands in a directory */

    const void *value; /* resident */
    size_t size;       /* of the value, resident or not */

    const struct ntfs_runs *runs; /* NULL: resident */
    uint64_t initialized;         /* of size; what is behind reads as zeros */
    bool sparse;
    size_t first_run; /* of this piece, where the runs do not fit in one record */
    uint64_t first_cluster;
};

struct ntfs_record {
    uint8_t bytes[NTFS_RECORD_BYTES];
    size_t used;
    size_t reserved; /* bytes that stay free */
    uint32_t number;
    uint16_t sequence;
    uint16_t flags;
    uint16_t next_attribute;
};

/* The bytes that attribute takes in a record; of a non-resident one with all runs from first_run
 * on, or as many of them as fit in room. */
size_t ntfs_attribute_bytes(const struct ntfs_attribute *attribute, size_t room);

/* base: the reference of the file's first record, 0 in that itself. */
void ntfs_record_begin(struct ntfs_record *record, uint32_t number, uint16_t sequence,
                       uint16_t flags, uint64_t base);
size_t ntfs_record_room(const struct ntfs_record *record);
/* Adds it, or as many of its runs as fit: *number is what it is called in the record, and the
 * attribute's first_run and first_cluster move on behind them. False: there is no room. */
bool ntfs_record_add(struct ntfs_record *record, struct ntfs_attribute *attribute,
                     uint16_t *number);
/* Adds all attributes of another record that is not finished, under their numbers. False: no room.
 */
bool ntfs_record_join(struct ntfs_record *record, const struct ntfs_record *other);
/* Completes the bytes. links: names of the file; 0 in an extension record. */
void ntfs_record_finish(struct ntfs_record *record, uint16_t links);

/* Puts the update sequence over n sectors at bytes, whose head is filled in: the last word of each
 * sector moves into the array. */
void ntfs_fixups_apply(void *bytes, size_t sectors);

#endif
