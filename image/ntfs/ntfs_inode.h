/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What becomes of one file: what lies in its record, and what outside. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_INODE_H
#define LXKIT_IMAGE_NTFS_NTFS_INODE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_record.h"
#include "image/ntfs/ntfs_writer.h"

/* Decides what lies outside of the record, writes that, and fills in the file's ntfs_inode. Before
 * any directory is written. */
int ntfs_inode_place(struct ntfs_writer *writer, const struct tree_file *file,
                     struct error *err) MUST_CHECK;
/* Bytes that a directory's record has for its index. */
int ntfs_inode_index_room(struct ntfs_writer *writer, const struct tree_file *file, size_t *out,
                          struct error *err) MUST_CHECK;
/* The record of a file that fits in one; others are ntfs_spread()'s. */
int ntfs_inode_record(struct ntfs_writer *writer, const struct tree_file *file,
                      struct ntfs_record *record, struct error *err) MUST_CHECK;

uint16_t ntfs_inode_flags(const struct tree_file *file); /* of its first record */
uint16_t ntfs_inode_links(const struct tree_file *file);

#endif
