/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks that are divided: an MBR with its four primary partitions, or a GPT (UEFI 2.10, 5.3). */
#ifndef LXKIT_IMAGE_PARTITION_H
#define LXKIT_IMAGE_PARTITION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "core/kind.h"

enum {
    PARTITIONS_MAX = 1024, /* of a GPT that are looked at */
};

/* Whether the first n bytes of a disk, which are of no other kind, are a partition table. */
bool partition_table_shown(const uint8_t *head, size_t n);

/* The only partition of *dev, which has such a table, with a file system that image/formats.c
 * reads: *dev becomes a window on it and *kind says what it is. UNSUPPORTED, naming them, where
 * there are several; WRONG_KIND where there is none. *dev stays owned by the caller, also on
 * failure. */
int partition_choose(struct blockdev **dev, enum kind *kind, struct error *err) MUST_CHECK;

#endif
