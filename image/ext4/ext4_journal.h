/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The journal of a file system that was not unmounted, replayed in memory: the device that comes
 * out shows what the disk would hold after a replay, and nothing is written.
 *
 * Source: Linux, Documentation/filesystems/ext4/journal.rst, fs/jbd2/recovery.c. The journal is
 * big endian. */
#ifndef LXKIT_IMAGE_EXT4_JOURNAL_H
#define LXKIT_IMAGE_EXT4_JOURNAL_H

#include <ext2fs/ext2fs.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "image/ext4/ext4_io.h"

/* fs is open on dev. *out reads as dev with every committed transaction of fs's journal applied; it
 * owns dev then; on failure dev stays the caller's. Fast commits, checksums of an old kind and
 * external journals are refused by name (UNSUPPORTED). */
int ext4_journal_replay(struct blockdev **out, struct blockdev *dev, ext2_filsys fs,
                        const struct ext4_io *io, struct error *err) MUST_CHECK;

#endif
