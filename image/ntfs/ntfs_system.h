/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The volume's own files, and with them everything that is written last: the master file table, the
 * bitmaps and the boot sectors. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SYSTEM_H
#define LXKIT_IMAGE_NTFS_NTFS_SYSTEM_H

#include "core/error.h"
#include "image/ntfs/ntfs_record.h"
#include "image/ntfs/ntfs_security.h"
#include "image/ntfs/ntfs_values.h"
#include "image/ntfs/ntfs_writer.h"

enum {
    NTFS_SYSTEM_FILES = 15,
};

struct ntfs_system_file {
    uint8_t number;
    const char *name;
    uint8_t parent;
    uint8_t flags;       /* of the record */
    uint32_t attributes; /* of the file */
};

extern const struct ntfs_system_file ntfs_system_files[NTFS_SYSTEM_FILES];

struct ntfs_system {
    struct ntfs_writer *writer;
    uint64_t n_records; /* of the whole table, spare ones among them */
    uint64_t mft, mft_clusters;
    struct ntfs_runs *runs[NTFS_SYSTEM_END]; /* of the unnamed DATA; NULL: empty */
    uint64_t sizes[NTFS_SYSTEM_END];
    struct ntfs_runs *mft_bitmap, *bad, *security;
    uint64_t mft_bitmap_bytes, bad_bytes;
    uint8_t security_stream[NTFS_SECURITY_BYTES_MAX];
    size_t security_bytes;
    uint64_t upcase_checksum;
    struct ntfs_index_made root, extend, by_hash, by_id, owners, quotas, object_ids, reparse;
};

/* By its number; NULL: a reserved record without a name. */
const struct ntfs_system_file *ntfs_system_file(uint64_t number);
uint16_t ntfs_system_sequence(uint64_t number);
struct ntfs_times_disk ntfs_system_times(const struct ntfs_system *self);
/* The value of FILE_NAME; returns its length. */
size_t ntfs_system_file_name(const struct ntfs_system *self, const struct ntfs_system_file *file,
                             uint8_t to[NTFS_FILE_NAME_BYTES_MAX]);

int ntfs_system_record(const struct ntfs_system *self, struct ntfs_record *record, uint32_t number,
                       struct error *err) MUST_CHECK;

/* Every file of the tree is placed and the early records are made. Takes the clusters of what is
 * still to come, so that the volume's need is known. *out is to be freed, also on failure. */
int ntfs_system_plan(struct ntfs_system **out, struct ntfs_writer *writer,
                     struct error *err) MUST_CHECK;
/* Writes all of it; the first sector last. */
int ntfs_system_write(struct ntfs_system *self, struct error *err) MUST_CHECK;
void ntfs_system_free(struct ntfs_system *self); /* NULL is fine */

#endif
