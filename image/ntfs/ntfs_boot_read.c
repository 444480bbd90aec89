/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_boot_read.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_record_read.h"
#include "image/ntfs/ntfs_runs_read.h"

enum {
    SECTOR_BYTES_MAX = 4096,
    CLUSTER_BYTES_MAX = 2 << 20,
    RECORD_BYTES_MAX = 4096,
    INDEX_BYTES_MAX = 65536,
    UPCASE_BYTES = 131072,
    DEFINITIONS_BYTES_MAX = 65536,
    SYSTEM_RECORDS = NTFS_EXTEND + 1, /* that opening a volume reads */
};

struct boot {
    uint64_t clusters, mft;
    uint32_t cluster_bytes, record_bytes, index_bytes;
};

static bool is_power_of_two(uint64_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

/* A size in clusters, or, negative, a power of two in bytes. 0: none that can be. */
static uint64_t size_decode(int8_t size, uint32_t cluster_bytes)
{
    if (size > 0)
        return (uint64_t)size * cluster_bytes;
    return size < 0 && size > -32 ? UINT64_C(1) << -size : 0;
}

static int sizes_check(const struct boot *boot, uint64_t sector_bytes, struct error *err)
{
    if (is_power_of_two(sector_bytes) && sector_bytes >= NTFS_SECTOR_BYTES &&
        sector_bytes <= SECTOR_BYTES_MAX && is_power_of_two(boot->cluster_bytes) &&
        boot->cluster_bytes <= CLUSTER_BYTES_MAX && is_power_of_two(boot->record_bytes) &&
        boot->record_bytes >= NTFS_RECORD_BYTES && boot->record_bytes <= RECORD_BYTES_MAX &&
        is_power_of_two(boot->index_bytes) && boot->index_bytes >= NTFS_SECTOR_BYTES &&
        boot->index_bytes <= INDEX_BYTES_MAX)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "the boot sector names sectors of %" PRIu64 ", clusters of %" PRIu32
                     ", records of %" PRIu32 " and index blocks of %" PRIu32
                     " bytes, which Windows does not make; the disk may be encrypted (BitLocker) "
                     "or damaged",
                     sector_bytes, boot->cluster_bytes, boot->record_bytes, boot->index_bytes);
}

static int boot_read(struct boot *boot, struct blockdev *dev, struct error *err)
{
    struct ntfs_boot_disk disk;

    if (dev->size < sizeof(disk))
        return error_set(err, ERROR_DAMAGED, "the disk ends before its boot sector does");
    if (blockdev_pread(dev, &disk, sizeof(disk), 0, err) < 0)
        return -1;
    uint32_t sector = le16_get(disk.sector_bytes);
    uint64_t sectors = le64_get(disk.sectors);
    uint64_t cluster_sectors = disk.sectors_per_cluster <= 128
                                   ? disk.sectors_per_cluster
                                   : UINT64_C(1) << (256 - disk.sectors_per_cluster) % 32;
    uint64_t cluster = cluster_sectors * sector;
    boot->cluster_bytes = cluster <= CLUSTER_BYTES_MAX ? (uint32_t)cluster : 0;
    uint64_t record = size_decode(disk.record_size, boot->cluster_bytes);
    uint64_t index = size_decode(disk.index_size, boot->cluster_bytes);
    boot->record_bytes = record <= RECORD_BYTES_MAX ? (uint32_t)record : 0;
    boot->index_bytes = index <= INDEX_BYTES_MAX ? (uint32_t)index : 0;
    if (sizes_check(boot, sector, err) < 0)
        return -1;
    if (sectors > dev->size / sector)
        return error_set(err, ERROR_DAMAGED,
                         "the volume has %" PRIu64 " sectors, but the disk ends after %" PRIu64
                         "; take a whole copy of it",
                         sectors, dev->size / sector);
    boot->clusters = sectors * sector / boot->cluster_bytes;
    boot->mft = le64_get(disk.mft);
    uint64_t mirror = le64_get(disk.mft_mirror);
    if (boot->mft >= boot->clusters || mirror >= boot->clusters)
        return error_set(err, ERROR_DAMAGED,
                         "the boot sector leads outside the volume; run chkdsk on it in Windows");
    return 0;
}

/* ---- system files ---- */

/* What the library takes into memory whole, or walks through. */
static int sizes_of_system(const struct boot *boot, uint64_t number,
                           const struct ntfs_attribute_view *attribute, struct error *err)
{
    uint64_t size = attribute->resident ? attribute->value_length : attribute->size;
    uint64_t most = boot->clusters * boot->cluster_bytes;

    if (attribute->type != NTFS_DATA || attribute->name_length > 0 ||
        (!attribute->resident && attribute->first > 0))
        return 0;
    if (number == NTFS_UPCASE)
        most = UPCASE_BYTES;
    else if (number == NTFS_ATTRIBUTE_DEFINITIONS)
        most = DEFINITIONS_BYTES_MAX;
    if (size <= most)
        return 0;
    return error_set(err, ERROR_DAMAGED,
                     "the system file in record %" PRIu64 " has %" PRIu64 " bytes, at most %" PRIu64
                     " can be; run chkdsk on it in Windows",
                     number, size, most);
}

static int system_check(const struct boot *boot, uint64_t number, uint8_t *bytes,
                        struct ntfs_runs_builder *runs, struct error *err)
{
    struct ntfs_record_view record;
    struct ntfs_attribute_view attribute = {0};

    int rc = ntfs_record_read(&record, bytes, boot->record_bytes, number, err);
    if (rc == 0)
        return error_set(err, ERROR_DAMAGED,
                         "the system file in record %" PRIu64
                         " is missing; run chkdsk on it in Windows",
                         number);
    if (rc < 0)
        return -1;
    while (ntfs_record_next(&record, &attribute)) {
        if (sizes_of_system(boot, number, &attribute, err) < 0)
            return -1;
        if (attribute.resident)
            continue;
        ntfs_runs_free(runs);
        runs->clusters = attribute.first;
        if (ntfs_runs_read(runs, &attribute, boot->clusters, err) < 0)
            return error_wrap(err, "record %" PRIu64 ", attribute %#" PRIx32, number,
                              attribute.type);
    }
    return 0;
}

int ntfs_boot_check(struct blockdev *dev, struct error *err)
{
    struct boot boot = {0};
    uint8_t bytes[RECORD_BYTES_MAX];
    struct ntfs_runs_builder runs = {0};

    if (boot_read(&boot, dev, err) < 0)
        return -1;
    uint64_t start = boot.mft * boot.cluster_bytes;
    if (start + (uint64_t)SYSTEM_RECORDS * boot.record_bytes > dev->size)
        return error_set(err, ERROR_DAMAGED,
                         "the master file table begins behind the end of the disk; take a whole "
                         "copy of it");
    int rc = 0;
    for (uint64_t number = 0; rc == 0 && number < SYSTEM_RECORDS; number++) {
        rc = blockdev_pread(dev, bytes, boot.record_bytes, start + number * boot.record_bytes, err);
        if (rc == 0)
            rc = system_check(&boot, number, bytes, &runs, err);
    }
    ntfs_runs_free(&runs);
    return rc;
}
