/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a user is told of a tree of NTFS that Linux cannot have as Windows has it. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_TELL_H
#define LXKIT_IMAGE_NTFS_NTFS_TELL_H

#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "core/event.h"
#include "image/ntfs/ntfs_inode_facts.h"

/* What is told once for all files; paths are malloc'd. Starts as {0}. */
struct ntfs_counts {
    size_t n_plain;   /* files without metadata of Linux */
    char *plain;      /* the first of them */
    size_t n_ignored; /* values of metadata that make no sense */
    size_t n_stale;   /* attributes of carriers that their files have left behind */
    size_t n_streams; /* alternate streams */
    char *streams;    /* the first file that has one */
};

/* Whether ntfs_counts_add() would keep the path of such a file: else it may be NULL. */
bool ntfs_counts_want(const struct ntfs_counts *counts, const struct ntfs_inode_facts *facts,
                      bool root);
int ntfs_counts_add(struct ntfs_counts *counts, const struct ntfs_inode_facts *facts, bool root,
                    const char *path, struct error *err) MUST_CHECK;
/* As warnings; name is what they call the input, or NULL. */
void ntfs_counts_tell(const struct ntfs_counts *counts, const char *name, struct events *events);
void ntfs_counts_free(struct ntfs_counts *counts);

/* A file that is not in the tree because only Windows could read it. */
void ntfs_tell_lost(struct events *events, const char *path, const struct ntfs_inode_facts *facts);
/* Where something else stands for the name that a file has in Windows. */
void ntfs_tell_renamed(struct events *events, const char *path, const char *why);
/* A link of Windows to target, which is not in the tree: it leads to now. */
void ntfs_tell_outside(struct events *events, const char *path, const char *target,
                       const char *now);

#endif
