/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mapping pairs, read: where the clusters of an attribute lie. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_RUNS_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_RUNS_READ_H

#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_record_read.h"
#include "image/ntfs/ntfs_runs.h"

/* Adds the clusters of one piece, which must go on where the runs end, on a volume of so many
 * clusters. DAMAGED: pairs that are no pairs, lead outside the volume, or are not as many as the
 * piece says. */
int ntfs_runs_read(struct ntfs_runs_builder *runs, const struct ntfs_attribute_view *piece,
                   uint64_t clusters, struct error *err) MUST_CHECK;

#endif
