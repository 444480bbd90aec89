/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree as it comes back from NTFS: the losses that the manual lists are applied to it. Names that
 * have no form there are the sink's choice, and are read by the reading side's own rules. */
#ifndef LXKIT_TESTS_UNIT_NTFS_KEPT_H
#define LXKIT_TESTS_UNIT_NTFS_KEPT_H

#include "core/error.h"
#include "image/source.h"

/* Owns inner, also on failure. */
int ntfs_kept(struct source **out, struct source *inner, struct error *err) MUST_CHECK;

#endif
