/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds an NTFS volume against the rules that no other program outside of Windows looks at. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CHECK_H
#define LXKIT_IMAGE_NTFS_NTFS_CHECK_H

#include "core/blockdev.h"
#include "core/error.h"
#include "core/event.h"
#include "image/ntfs/ntfs_check_rules.h"

/* Fails only where the disk cannot be read, or where so much of it claims to be metadata that parts
 * must have been claimed many times (DAMAGED); everything else is a finding. dev is borrowed; the
 * report is to be freed in every case. */
int ntfs_check(struct ntfs_report *out, struct blockdev *dev, struct events *events,
               struct error *err) MUST_CHECK;

#endif
