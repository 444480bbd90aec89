/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An NTFS volume, read without believing anything in it:
 *
 *     boot sector -> master file table -> records -> attributes -> streams -> indexes
 *
 * What breaks a rule of ntfs_check_rules.h is judged where it shows. Functions that read one thing
 * return 1 when it is there and sound, 0 when it is not (and was judged), negative on failure.
 *
 * Memory is at most a multiple of what the volume's metadata really store; time too, since what is
 * read of them is counted against the volume's size. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_PARSE_H
#define LXKIT_IMAGE_NTFS_NTFS_PARSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "image/ntfs/ntfs_check_rules.h"
#include "image/ntfs/ntfs_parse_stream.h"

enum {
    NTFS_CLUSTER_BYTES_MAX = 2 << 20,
    NTFS_RECORD_BYTES_MAX = 4096,
    NTFS_BLOCK_BYTES_MAX = 65536, /* of an index */
    NTFS_WINDOW_BYTES = 65536,
    NTFS_READ_TIMES = 8, /* how often a byte of metadata may be read, on average */
};

/* A reference to a record: its number, and in the upper 16 bits its sequence. */
static inline uint64_t ntfs_reference_number(uint64_t reference)
{
    return reference & UINT64_C(0xffffffffffff);
}

static inline uint16_t ntfs_reference_sequence(uint64_t reference)
{
    return (uint16_t)(reference >> 48);
}

struct ntfs_geometry {
    uint32_t sector_bytes, cluster_bytes, record_bytes;
    uint64_t sectors; /* without the one that holds the copy of the boot sector */
    uint64_t clusters;
    uint64_t mft, mft_mirror; /* clusters */
};

struct ntfs_parse {
    struct blockdev *dev; /* borrowed */
    struct ntfs_judge *judge;
    struct ntfs_geometry geometry;
    struct ntfs_stream mft;
    uint64_t n_records;
    uint64_t budget;  /* bytes that may still be read */
    uint16_t *upcase; /* the table that puts names in order */

    /* The part of the master file table that was read last: one record, or many that follow. */
    uint8_t *window;
    uint64_t window_at;
    size_t window_bytes;
};

/* Reads the boot sector and its copy, and where the master file table lies. 1: it can be read; 0:
 * judged. *parse is to be closed in every case. */
int ntfs_parse_open(struct ntfs_parse *parse, struct blockdev *dev, struct ntfs_judge *judge,
                    struct error *err) MUST_CHECK;
void ntfs_parse_close(struct ntfs_parse *parse);

/* The bytes of a record, as they lie on the disk; number < n_records. Whoever asks for records in
 * their order is given them from one read of many. */
int ntfs_parse_record_bytes(struct ntfs_parse *parse, uint64_t number, uint8_t *bytes,
                            struct error *err) MUST_CHECK;
/* How many records from number on have no place on the disk, and so are not in use. */
int ntfs_parse_absent(struct ntfs_parse *parse, uint64_t number, uint64_t *n,
                      struct error *err) MUST_CHECK;

/* Takes n bytes from the budget. */
int ntfs_parse_spend(struct ntfs_parse *parse, uint64_t n, struct error *err) MUST_CHECK;

#endif
