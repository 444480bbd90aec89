/* SPDX-License-Identifier: GPL-3.0-or-later */
/* NTFS as WSL1 has it (wslfs), as a bulk writer: one pass over the input. Content goes to its final
 * place as it arrives, or stays in memory where it is short enough to lie in a record; indexes and
 * the master file table follow when every entry is known, and the boot sector comes last.
 *
 * The tree is the directory \rootfs, or another one. Owner, mode and device number are extended
 * attributes of every file, links and special files are reparse points, every directory is
 * case-sensitive.
 *
 * What wslfs has no place for goes into a carrier (image/ntfs/ntfs_carrier.h) and comes back from
 * there; without one it is reported as a loss: access control lists, security.selinux, .ima and
 * .evm, inode flags, times below 100 ns and before 1601, capital letters in attributes' names, more
 * than 64 KiB of attributes, names that are no UTF-8 or hold what stands for another character
 * (they get another name), and more than 1024 names of one file (it becomes several files). */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SINK_H
#define LXKIT_IMAGE_NTFS_NTFS_SINK_H

#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "image/format.h"
#include "image/sink.h"

/* dev is borrowed, new and reads as zeros; the volume takes all of it. */
int ntfs_sink(struct sink **out, struct blockdev *dev, const struct sink_options *options,
              struct error *err) MUST_CHECK;
/* Bytes of a disk for a tree, generously. */
uint64_t ntfs_size_fitted(const struct tree_totals *totals);

#endif
