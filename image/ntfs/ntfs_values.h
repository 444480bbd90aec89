/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The values of a file's attributes, made of what the tree says of it. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_VALUES_H
#define LXKIT_IMAGE_NTFS_NTFS_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_time.h"
#include "image/ntfs/ntfs_writer.h"

enum {
    NTFS_FILE_NAME_BYTES_MAX = (int)sizeof(struct ntfs_file_name_disk) + 2 * NTFS_NAME_UNITS_MAX,
    NTFS_REPARSE_BYTES_MAX =
        (int)sizeof(struct ntfs_reparse_disk) + (int)sizeof(struct le32) + TARGET_BYTES_MAX,
};

/* Of what is made with the volume. */
struct ntfs_times_disk ntfs_times_now(const struct ntfs_volume *volume);
/* The tag of the reparse point that a file is; 0: none. */
uint32_t ntfs_reparse_tag(enum entry_type type);
/* Linux's mode, with the bits of the type. */
uint32_t ntfs_mode(const struct tree_file *file);
bool ntfs_is_sparse(const struct ntfs_runs *runs); /* NULL is not */

void ntfs_standard_information_make(const struct ntfs_writer *writer, const struct tree_file *file,
                                    struct ntfs_standard_information_disk *to);
/* The value of FILE_NAME for one name (NULL: the root of the tree), which is also what directories
 * keep. Returns its length. */
size_t ntfs_file_name_put(const struct ntfs_writer *writer, const struct tree_file *file,
                          const struct tree_name *name, uint8_t to[NTFS_FILE_NAME_BYTES_MAX]);
/* Such a value of head, which is complete but for the name. */
size_t ntfs_file_name_finish(const struct ntfs_file_name_disk *head, const struct ntfs_name *name,
                             uint8_t to[NTFS_FILE_NAME_BYTES_MAX]);
/* The value of REPARSE_POINT, for a file that has a tag. Returns its length. */
size_t ntfs_reparse_put(const struct tree_file *file, uint8_t to[NTFS_REPARSE_BYTES_MAX]);

#endif
