/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A VHDX being made, as a block device.
 *
 * Blocks get their place in the file in the order in which they are first written. close() writes
 * the tables, flushes, and last of all writes the identifier: a file that was torn before is never
 * taken for a VHDX. */
#ifndef LXKIT_VHDX_VHDX_CREATE_H
#define LXKIT_VHDX_VHDX_CREATE_H

#include "core/blockdev.h"
#include "core/disk.h"

/* file is not owned and must outlive the device; the caller commits it. */
int vhdx_create_device(struct blockdev **out, struct atomic_file *file,
                       const struct disk_geometry *geometry, struct error *err) MUST_CHECK;

#endif
