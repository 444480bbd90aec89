/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The master file table of an NTFS volume, record by record. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_RECORDS_H
#define LXKIT_IMAGE_NTFS_NTFS_RECORDS_H

#include <stddef.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "image/ntfs/ntfs_library.h"
#include "image/ntfs/ntfs_runs.h"

enum {
    NTFS_RECORDS_MAX = 1 << 26, /* of one volume */
};

/* A record that holds attributes of a file for which its own record is too small. */
struct ntfs_extension {
    uint32_t base; /* number of the file's own record */
    uint32_t number;
};

struct ntfs_records {
    struct blockdev *dev; /* borrowed */
    struct ntfs_library *library;
    struct ntfs_shape shape;
    struct ntfs_runs_builder runs; /* where the table lies */
    uint8_t *chunk;                /* records that were read together */
    uint64_t chunk_first, chunk_n;
    struct ntfs_extension *extensions; /* by base; what ntfs_survey() found */
    size_t n_extensions, extensions_size;
};

/* Opens the volume on dev. */
int ntfs_records_open(struct ntfs_records *table, struct blockdev *dev,
                      struct error *err) MUST_CHECK;
void ntfs_records_close(struct ntfs_records *table);

/* Copies the shape.record_bytes of a record, which must lie in the table, to bytes; for reading
 * records in their order. */
int ntfs_records_read(struct ntfs_records *table, uint64_t number, uint8_t *bytes,
                      struct error *err) MUST_CHECK;
/* The same, for one record here and there. */
int ntfs_records_read_apart(struct ntfs_records *table, uint64_t number, uint8_t *bytes,
                            struct error *err) MUST_CHECK;

/* n bytes of what lies in runs, from byte offset on, which must be there; holes are zeros. */
int ntfs_runs_pread(struct ntfs_records *table, const struct ntfs_runs_builder *runs, void *buf,
                    size_t n, uint64_t offset, struct error *err) MUST_CHECK;

#endif
