/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The clusters of an NTFS volume that is being made, handed out in rising order. When none is left
 * they are handed out beyond the end, and what is written there goes nowhere: so the rest of a tree
 * still tells how large the volume has to be. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_VOLUME_H
#define LXKIT_IMAGE_NTFS_NTFS_VOLUME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/epoch.h"
#include "core/error.h"
#include "image/ntfs/ntfs_format.h"

enum {
    NTFS_UPCASE_CLUSTERS = 32,
    NTFS_BYTES_MIN = 4 << 20, /* of a volume */
};

struct ntfs_volume {
    struct blockdev *dev; /* borrowed */
    uint64_t sectors;     /* without the last, which holds the copy of the boot sector */
    uint64_t clusters;
    uint64_t next; /* cluster that is handed out next */
    uint64_t serial;
    struct epoch now;

    /* What has its place before the first file. */
    uint64_t mft_mirror, definitions, upcase, log, log_clusters, security, security_clusters;
};

/* Decides where everything goes that has a fixed size. */
int ntfs_volume_begin(struct ntfs_volume *volume, struct blockdev *dev,
                      struct error *err) MUST_CHECK;
/* Clusters that hold bytes. */
static inline uint64_t ntfs_clusters_for(uint64_t bytes)
{
    return (bytes + NTFS_CLUSTER_BYTES - 1) / NTFS_CLUSTER_BYTES;
}

/* Bytes of a bitmap, a multiple of eight as everywhere in NTFS. */
static inline uint64_t ntfs_bitmap_bytes(uint64_t bits)
{
    return (bits + 63) / 64 * 8;
}

uint64_t ntfs_volume_take(struct ntfs_volume *volume, uint64_t clusters);
/* Bytes of the smallest disk that has room for what was taken. */
uint64_t ntfs_volume_need(const struct ntfs_volume *volume);
bool ntfs_volume_is_short(const struct ntfs_volume *volume);
/* Whole clusters, to the disk and back. */
int ntfs_volume_write(struct ntfs_volume *volume, const void *bytes, uint64_t cluster,
                      uint64_t clusters, struct error *err) MUST_CHECK;
int ntfs_volume_read(struct ntfs_volume *volume, void *bytes, uint64_t cluster, uint64_t clusters,
                     struct error *err) MUST_CHECK;

#endif
