/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Whether a disk is one that a runtime starts as it is: ext4, or the NTFS of a translation
 * distribution, on the whole of it, without a partition table, and a distribution in it. Source for
 * ext4: microsoft/WSL src/linux/init/main.cpp. */
#ifndef LXKIT_INSTALL_DISK_EXAMINE_H
#define LXKIT_INSTALL_DISK_EXAMINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "core/kind.h"
#include "image/image.h"

/* What the file or block device at path is by its first bytes; KIND_UNKNOWN for anything that can
 * be read only once, and for directories. */
int disk_kind(enum kind *out, const char *path, struct error *err) MUST_CHECK;
/* WRONG_KIND for what is certainly neither a VHDX nor a raw disk with ext4, with what helps. */
int disk_kind_check(enum kind kind, const char *path, struct error *err) MUST_CHECK;

bool disk_is_zero(const void *bytes, size_t n);

/* What the whole of the disk in a VHDX or raw file is by its first bytes. */
int disk_holds(enum kind *out, const char *path, struct error *err) MUST_CHECK;

struct disk_facts {
    uint64_t size;  /* of the disk, in bytes */
    enum kind kind; /* of its file system */
    struct distribution distribution;
};

/* Reads the metadata of a VHDX or raw disk. BUSY where something uses it; WRONG_KIND for a
 * partition table or another file system, NOT_A_DISTRIBUTION, UNSUPPORTED for a log that waits for
 * replay and for differencing disks, DAMAGED. */
int disk_examine(struct disk_facts *out, const char *path, struct error *err) MUST_CHECK;

#endif
