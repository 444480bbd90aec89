/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A distribution's disk made from another disk, with its identifiers and free space as they are. */
#ifndef LXKIT_INSTALL_DISK_COPY_H
#define LXKIT_INSTALL_DISK_COPY_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"

/* Makes the new file to, a VHDX, of a VHDX byte for byte ("-": standard input, unseen), or of a raw
 * disk block by block. Runs of zeros become holes of the file. It appears whole or not at all. BUSY
 * where something uses the disk at from. */
int disk_copy(const char *from, const char *to, bool no_sync, struct events *events,
              struct error *err) MUST_CHECK;

/* Makes the new file to of the file from, byte for byte whatever it is, then reads to back from the
 * medium: VERIFY, and to is gone, where it is not the same. BUSY as above. */
int disk_copy_verified(const char *from, const char *to, struct events *events,
                       struct error *err) MUST_CHECK;
/* Whether two files have the same bytes; b is read from the medium, not from memory. */
int disk_same(bool *same, const char *a, const char *b, struct error *err) MUST_CHECK;

#endif
