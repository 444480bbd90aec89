/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_volume.h"

#include "core/size.h"

enum {
    /* Windows makes the log larger on larger volumes, but takes any of at least 256 KiB: what is
     * larger only costs space, since a log has to be filled when it is made. */
    LOG_BYTES_SMALL = 512 << 10,
    LOG_BYTES = 2 << 20,
    SECURITY_BYTES = (256 << 10) + NTFS_CLUSTER_BYTES, /* the second copy begins at 256 KiB */
};

#define LOG_SMALL_VOLUME (UINT64_C(16) << 20)

static uint64_t log_clusters(uint64_t bytes)
{
    return (bytes < LOG_SMALL_VOLUME ? LOG_BYTES_SMALL : LOG_BYTES) / NTFS_CLUSTER_BYTES;
}

int ntfs_volume_begin(struct ntfs_volume *volume, struct blockdev *dev, struct error *err)
{
    char text[SIZE_TEXT_BYTES];

    *volume = (struct ntfs_volume){.dev = dev};
    if (epoch_get(&volume->now, err) < 0)
        return -1;
    if (dev->size < NTFS_BYTES_MIN)
        return error_set(err, ERROR_NO_SPACE,
                         "a disk of %s is too small for NTFS; give it at least 4 MiB with --size",
                         size_format(dev->size, text));
    volume->sectors = dev->size / NTFS_SECTOR_BYTES - 1;
    volume->clusters = volume->sectors * NTFS_SECTOR_BYTES / NTFS_CLUSTER_BYTES;
    if (volume->clusters > NTFS_CLUSTERS_MAX)
        return error_set(err, ERROR_LIMIT,
                         "a disk of %s is too large for NTFS with clusters of 4 KiB; give it at "
                         "most 16 TiB with --size",
                         size_format(dev->size, text));
    volume->log_clusters = log_clusters(dev->size);
    volume->security_clusters = SECURITY_BYTES / NTFS_CLUSTER_BYTES;

    ntfs_volume_take(volume, NTFS_BOOT_BYTES / NTFS_CLUSTER_BYTES);
    volume->mft_mirror = ntfs_volume_take(volume, 1);
    volume->definitions = ntfs_volume_take(volume, 1);
    volume->upcase = ntfs_volume_take(volume, NTFS_UPCASE_CLUSTERS);
    volume->log = ntfs_volume_take(volume, volume->log_clusters);
    volume->security = ntfs_volume_take(volume, volume->security_clusters);
    return 0;
}

uint64_t ntfs_volume_take(struct ntfs_volume *volume, uint64_t clusters)
{
    uint64_t at = volume->next;
    volume->next += clusters;
    return at;
}

/* Bytes of the smallest disk for a bitmap, a log of as many clusters, and others. */
static uint64_t disk_bytes(uint64_t others, uint64_t log)
{
    uint64_t clusters = others + log;
    while (clusters < others + log + ntfs_clusters_for(ntfs_bitmap_bytes(clusters)))
        clusters = others + log + ntfs_clusters_for(ntfs_bitmap_bytes(clusters));
    return clusters * NTFS_CLUSTER_BYTES + NTFS_SECTOR_BYTES;
}

uint64_t ntfs_volume_need(const struct ntfs_volume *volume)
{
    uint64_t bitmap = ntfs_clusters_for(ntfs_bitmap_bytes(volume->clusters));
    uint64_t others = volume->next - bitmap - volume->log_clusters;
    uint64_t bytes = disk_bytes(others, log_clusters(0));

    if (bytes >= LOG_SMALL_VOLUME)
        bytes = disk_bytes(others, log_clusters(bytes));
    return bytes > NTFS_BYTES_MIN ? bytes : NTFS_BYTES_MIN;
}

bool ntfs_volume_is_short(const struct ntfs_volume *volume)
{
    return volume->next > volume->clusters;
}

int ntfs_volume_write(struct ntfs_volume *volume, const void *bytes, uint64_t cluster,
                      uint64_t clusters, struct error *err)
{
    if (cluster + clusters > volume->clusters)
        return 0;
    return blockdev_pwrite(volume->dev, bytes, clusters * NTFS_CLUSTER_BYTES,
                           cluster * NTFS_CLUSTER_BYTES, err);
}

int ntfs_volume_read(struct ntfs_volume *volume, void *bytes, uint64_t cluster, uint64_t clusters,
                     struct error *err)
{
    if (cluster + clusters > volume->clusters)
        return 0;
    return blockdev_pread(volume->dev, bytes, clusters * NTFS_CLUSTER_BYTES,
                          cluster * NTFS_CLUSTER_BYTES, err);
}
