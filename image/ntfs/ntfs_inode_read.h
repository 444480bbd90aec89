/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One file of an NTFS volume as Linux has it: type, owner, mode, times, extended attributes,
 * target. What it holds is left to be read (image/ntfs/ntfs_content.h). */
#ifndef LXKIT_IMAGE_NTFS_NTFS_INODE_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_INODE_READ_H

#include "core/error.h"
#include "image/ntfs/ntfs_inode_facts.h"
#include "image/ntfs/ntfs_parse_file.h"
#include "image/tree.h"

/* Reads a file. *out is new in the tree, with no name yet; NULL where only
 * Windows could read it: facts say why. A symbolic link whose target is its content has none yet,
 * and neither has one of Windows that is absolute (facts->reparse.target). */
int ntfs_inode_read(struct tree_file **out, struct ntfs_inode_facts *facts, struct tree *tree,
                    struct ntfs_parse *parse, const struct ntfs_file *file,
                    struct error *err) MUST_CHECK;
/* The same for a file that is there already, the root: it must be a directory. */
int ntfs_inode_read_root(struct tree_file *root, struct ntfs_inode_facts *facts, struct tree *tree,
                         struct ntfs_parse *parse, const struct ntfs_file *file,
                         struct error *err) MUST_CHECK;

#endif
