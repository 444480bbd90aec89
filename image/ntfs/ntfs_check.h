/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Holds an NTFS volume against the rules that no other program outside of Windows looks at: to
 * report all that is found, or to make sure that the volume may be read. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_CHECK_H
#define LXKIT_IMAGE_NTFS_NTFS_CHECK_H

#include "core/blockdev.h"
#include "core/error.h"
#include "core/event.h"
#include "image/ntfs/ntfs_check_rules.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_parse_file.h"

/* Fails only where the disk cannot be read, or where so much of it claims to be metadata that parts
 * must have been claimed many times (DAMAGED); everything else is a finding. dev is borrowed; the
 * report is to be freed in every case. */
int ntfs_check(struct findings *out, struct blockdev *dev, struct events *events,
               struct error *err) MUST_CHECK;

/* Whoever wants to see each file in the order of the records, all of which are sound. Negative ends
 * the check. */
struct ntfs_visitor {
    int (*file)(void *context, struct ntfs_parse *parse, const struct ntfs_file *file,
                struct error *err);
    void *context;
};

/* The structural pass: opens a volume that may be read, and handed to a library that believes it.
 * DAMAGED with the first finding that forbids it. dev is borrowed; *judge refuses whatever is read
 * later. *out is to be closed in every case. visitor may be NULL. */
int ntfs_check_open(struct ntfs_parse *out, struct ntfs_judge *judge, struct blockdev *dev,
                    const struct ntfs_visitor *visitor, struct error *err) MUST_CHECK;

#endif
