/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A directory of an NTFS volume and all that lies below it, as a tree. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SCAN_H
#define LXKIT_IMAGE_NTFS_NTFS_SCAN_H

#include "core/error.h"
#include "core/event.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_root.h"
#include "image/ntfs/ntfs_survey.h"
#include "image/ntfs/ntfs_tell.h"
#include "image/tree.h"

/* Fills tree, which is new. A file's number is its record's; content, and the targets of symbolic
 * links that are content (target is NULL), are left to be read. What cannot be kept of a file is a
 * loss in events. */
int ntfs_scan(struct tree *tree, struct ntfs_parse *parse, struct ntfs_survey *survey,
              const struct ntfs_root *root, struct events *events, struct ntfs_counts *counts,
              struct error *err) MUST_CHECK;

#endif
