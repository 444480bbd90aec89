/* SPDX-License-Identifier: GPL-3.0-or-later */
/* All attributes of one file, in the order in which they stand in its records. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_PARTS_H
#define LXKIT_IMAGE_NTFS_NTFS_PARTS_H

#include <stddef.h>
#include <stdint.h>

#include "core/attributes.h"
#include "core/error.h"
#include "image/ntfs/ntfs_record.h"
#include "image/ntfs/ntfs_values.h"
#include "image/ntfs/ntfs_writer.h"

enum {
    NTFS_INDEX_ATTRIBUTES = 3,
};

/* The first one is STANDARD_INFORMATION. Values lie in here, in the tree, or in the writer: they
 * are good until the next file's are made. */
struct ntfs_parts {
    struct ntfs_attribute *list;
    size_t n;
    uint8_t (*names)[NTFS_FILE_NAME_BYTES_MAX];
    struct ntfs_standard_information_disk information;
    struct ntfs_ea_information_disk ea_information;
    uint8_t reparse[NTFS_REPARSE_BYTES_MAX];
};

/* As the file's ntfs_inode says; an index is among them when it is made. parts starts as {0} and is
 * to be freed, also on failure. */
int ntfs_parts_make(struct ntfs_parts *parts, struct ntfs_writer *writer,
                    const struct tree_file *file, struct error *err) MUST_CHECK;
void ntfs_parts_free(struct ntfs_parts *parts);
/* The attributes of a directory's index: how many there are. */
size_t ntfs_parts_index(const struct ntfs_index_made *index,
                        struct ntfs_attribute to[NTFS_INDEX_ATTRIBUTES]);
/* Bytes that they take in a record, if all were in one. */
size_t ntfs_parts_bytes(const struct ntfs_parts *parts);

#define AUTO_NTFS_PARTS CLEANUP(ntfs_parts_free)

#endif
