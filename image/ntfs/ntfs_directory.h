/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Indexes that follow from the tree: one for each directory, and one of all reparse points. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_DIRECTORY_H
#define LXKIT_IMAGE_NTFS_NTFS_DIRECTORY_H

#include "core/error.h"
#include "image/ntfs/ntfs_index.h"
#include "image/ntfs/ntfs_writer.h"

/* An entry of a directory: file's reference and the value of FILE_NAME. Returns its length. */
size_t ntfs_directory_entry(uint8_t to[NTFS_ENTRY_BYTES_MAX], uint64_t reference,
                            const uint8_t *file_name, size_t n);

/* Writes the index of a directory and keeps what its record needs in its ntfs_inode. Every file has
 * been placed. */
int ntfs_directory_write(struct ntfs_writer *writer, const struct tree_file *directory,
                         struct error *err) MUST_CHECK;
/* $Reparse:$R, by tag and record. */
int ntfs_reparse_index_write(struct ntfs_writer *writer, size_t room, struct ntfs_index_made *out,
                             struct error *err) MUST_CHECK;

#endif
