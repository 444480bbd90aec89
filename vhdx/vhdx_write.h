/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A finished VHDX as a block device that is changed in place.
 *
 * Payload goes straight to its place in the file. What changes in the BAT waits in memory until
 * flush() or close(), or until it fills a log entry, and is then committed as a whole
 * (vhdx_commit.h): after a crash every block is either where it was or where it went. Nothing is
 * ever written over space that the file's own table still points to as another block's.
 *
 * zero() gives whole blocks back, except in fixed disks; the end of the file that is free at
 * close() is cut off. Once a commit has failed, everything but reading fails. */
#ifndef LXKIT_VHDX_VHDX_WRITE_H
#define LXKIT_VHDX_VHDX_WRITE_H

#include "core/blockdev.h"
#include "vhdx/vhdx_medium.h"

/* Replays the log into the file where one waits; otherwise opening changes nothing. */
int vhdx_write_open(struct blockdev **out, const char *path, struct error *err) MUST_CHECK;
/* The same on a writable medium, which it owns, also on failure. */
int vhdx_write_open_medium(struct blockdev **out, struct vhdx_medium *medium,
                           struct error *err) MUST_CHECK;

#endif
