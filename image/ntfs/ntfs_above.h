/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where on the volume the tree lies: its root's name, and the directories of Windows above that,
 * which have no metadata of Linux. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_ABOVE_H
#define LXKIT_IMAGE_NTFS_NTFS_ABOVE_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_index.h"
#include "image/ntfs/ntfs_name.h"
#include "image/ntfs/ntfs_record.h"

enum {
    NTFS_ABOVE_MAX = 32, /* names in the path of the tree's root */
};

struct ntfs_writer;

/* From the volume's root down; the last one is the tree's root. */
struct ntfs_above {
    struct ntfs_name names[NTFS_ABOVE_MAX];
    struct ntfs_index_made indexes[NTFS_ABOVE_MAX]; /* of those before the last */
    size_t n;
};

/* "\Distros\debian\rootfs", "rootfs", with "/" as good as "\"; USAGE: no place for a tree. */
int ntfs_above_parse(struct ntfs_above *above, const char *path, struct error *err) MUST_CHECK;
/* How many directories have a record of their own, the first ones that users have. */
static inline uint32_t ntfs_above_records(const struct ntfs_above *above)
{
    return (uint32_t)above->n - 1;
}

/* The tree's root is placed: fills indexes. */
int ntfs_above_plan(struct ntfs_writer *writer, struct error *err) MUST_CHECK;
/* The reference of the directory that the tree's root lies in. */
uint64_t ntfs_above_parent(const struct ntfs_writer *writer);
/* The entry of the first one, for the directory that is the volume's root. */
size_t ntfs_above_entry(const struct ntfs_writer *writer, uint8_t to[NTFS_ENTRY_BYTES_MAX]);
/* Of directory i, which has a record. */
int ntfs_above_record(const struct ntfs_writer *writer, size_t i, struct ntfs_record *record,
                      struct error *err) MUST_CHECK;

#endif
