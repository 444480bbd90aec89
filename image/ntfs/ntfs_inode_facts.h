/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What NTFS says of one file, wherever it was read (from a volume: ntfs_inode_read.h; through a
 * mount: ntfs_mounted.h), and the file of Linux that it makes. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_INODE_FACTS_H
#define LXKIT_IMAGE_NTFS_NTFS_INODE_FACTS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/ntfs/ntfs_carrier_apply.h"
#include "image/ntfs/ntfs_ea_read.h"
#include "image/ntfs/ntfs_reparse_read.h"
#include "image/tree.h"

struct ntfs_inode_facts {
    uint64_t created, modified, changed, accessed; /* 100 ns since 1601 */
    struct ntfs_metadata metadata;
    struct ntfs_reparse reparse; /* of a reparse point; target is malloc'd */
    bool is_reparse;
    bool is_encrypted;
    struct ntfs_carried carried;
    unsigned n_streams; /* alternate ones */
};

/* What the file is, if not a link or a device in the way of Interix. */
enum entry_type ntfs_inode_facts_type(const struct ntfs_inode_facts *facts, bool is_directory);
/* Whether Linux can read a file of that type and size of content; else only Windows could. */
bool ntfs_inode_facts_readable(const struct ntfs_inode_facts *facts, enum entry_type type,
                               uint64_t size);
/* Gives file, whose type and number are set, the rest; size is that of its content. Strings of
 * metadata and carrier are taken where they lie. A symbolic link whose target is its content has
 * none then, and neither has one of Windows that is absolute (facts->reparse.target). */
int ntfs_inode_facts_fill(struct tree_file *file, struct ntfs_inode_facts *facts, uint64_t size,
                          struct arena *arena, struct error *err) MUST_CHECK;
void ntfs_inode_facts_free(struct ntfs_inode_facts *facts);

#endif
