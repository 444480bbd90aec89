/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of an NTFS volume and all that lies below it, as a tree. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SCAN_H
#define LXKIT_IMAGE_NTFS_NTFS_SCAN_H

#include <stddef.h>

#include "core/error.h"
#include "core/event.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_root.h"
#include "image/ntfs/ntfs_survey.h"
#include "image/tree.h"

/* What was seen on the way that a user may want to know of; paths are malloc'd. */
struct ntfs_scan_counts {
    size_t n_plain;   /* files without metadata of Linux */
    char *plain;      /* the first of them */
    size_t n_ignored; /* values of metadata that make no sense */
    size_t n_stale;   /* attributes of carriers that their files have left behind */
    size_t n_streams; /* alternate streams */
    char *streams;    /* the first file that has one */
};

/* Fills tree, which is new. A file's number is its record's; content, and the targets of symbolic
 * links that are content (target is NULL), are left to be read. What cannot be kept of a file is a
 * loss in events. */
int ntfs_scan(struct tree *tree, struct ntfs_parse *parse, struct ntfs_survey *survey,
              const struct ntfs_root *root, struct events *events, struct ntfs_scan_counts *counts,
              struct error *err) MUST_CHECK;
void ntfs_scan_counts_free(struct ntfs_scan_counts *counts);

#endif
