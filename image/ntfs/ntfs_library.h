/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libntfs-3g on a block device: it opens the volume, knows where the master file table lies, judges
 * the journal and decompresses. Nothing is ever written and no journal is replayed.
 *
 * Everything else is read by modules of our own (image/ntfs/ntfs_volume_read.h): the library asks
 * the disk for each record and believes more than a hostile one deserves. For that reason it sees a
 * volume only after ntfs_boot_check(). */
#ifndef LXKIT_IMAGE_NTFS_NTFS_LIBRARY_H
#define LXKIT_IMAGE_NTFS_NTFS_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "image/ntfs/ntfs_runs.h"

struct ntfs_library; /* an open volume */

struct ntfs_shape {
    uint32_t cluster_bytes, record_bytes;
    uint64_t clusters;
    uint64_t n_records;  /* of the master file table */
    const char *unclean; /* why the volume may be inconsistent, in words; NULL: it was unmounted */
};

/* dev is borrowed. table, empty before, is where the master file table lies. */
int ntfs_library_open(struct ntfs_library **out, struct blockdev *dev, struct ntfs_shape *shape,
                      struct ntfs_runs_builder *table, struct error *err) MUST_CHECK;
void ntfs_library_close(struct ntfs_library *library); /* NULL is fine */

/* Turns to the unnamed data of the file in that record; one at a time. */
int ntfs_library_stream_open(struct ntfs_library *library, uint64_t number,
                             struct error *err) MUST_CHECK;
/* n bytes of it, decompressed; they must lie in it. */
int ntfs_library_stream_read(struct ntfs_library *library, void *buf, size_t n, uint64_t offset,
                             struct error *err) MUST_CHECK;
void ntfs_library_stream_close(struct ntfs_library *library);

#endif
