/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_parse.h"

#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_parse_file.h"
#include "image/ntfs/ntfs_runs.h"
#include "image/ntfs/ntfs_upcase.h"

enum {
    SECTOR_BYTES_MAX = 4096,
    SPEND_AT_LEAST = 64 << 20,
};

/* ---- boot sector ---- */

static bool is_power(uint64_t n)
{
    return n > 0 && (n & (n - 1)) == 0;
}

/* Clusters, or a power of two of bytes, negative; 0: neither. */
static uint64_t coded_bytes(int8_t code, uint32_t cluster_bytes)
{
    if (code > 0)
        return (uint64_t)code * cluster_bytes;
    return code < -31 ? 0 : UINT64_C(1) << -code;
}

static bool geometry_get(struct ntfs_geometry *to, const struct ntfs_boot_disk *disk)
{
    uint8_t code = disk->sectors_per_cluster;
    uint64_t per_cluster = code > 128 ? UINT64_C(1) << ((256 - code) & 31) : code;

    to->sector_bytes = le16_get(disk->sector_bytes);
    uint64_t cluster_bytes = per_cluster * to->sector_bytes;
    if (!is_power(to->sector_bytes) || to->sector_bytes < NTFS_SECTOR_BYTES ||
        to->sector_bytes > SECTOR_BYTES_MAX || !is_power(cluster_bytes) ||
        cluster_bytes > NTFS_CLUSTER_BYTES_MAX)
        return false;
    to->cluster_bytes = (uint32_t)cluster_bytes;
    uint64_t record_bytes = coded_bytes(disk->record_size, to->cluster_bytes);
    if (!is_power(record_bytes) || record_bytes < NTFS_RECORD_BYTES ||
        record_bytes > NTFS_RECORD_BYTES_MAX)
        return false;
    to->record_bytes = (uint32_t)record_bytes;
    uint64_t block_bytes = coded_bytes(disk->index_size, to->cluster_bytes);
    if (!is_power(block_bytes) || block_bytes > NTFS_BLOCK_BYTES_MAX)
        return false;
    to->sectors = le64_get(disk->sectors);
    to->clusters = to->sectors / per_cluster;
    to->mft = le64_get(disk->mft);
    to->mft_mirror = le64_get(disk->mft_mirror);
    return to->mft < to->clusters && to->mft_mirror < to->clusters;
}

static int fields_judge(const struct ntfs_boot_disk *disk, struct ntfs_judge *judge,
                        struct error *err)
{
    static const uint8_t zeros[sizeof(disk->zeros1)];
    if (memcmp(disk->zeros1, zeros, sizeof(disk->zeros1)) != 0 || disk->media != 0xf8 ||
        memcmp(disk->zeros2, zeros, sizeof(disk->zeros2)) != 0 || disk->signature[0] != 0x55 ||
        disk->signature[1] != 0xaa)
        return ntfs_judge(judge, NTFS_RULE_BOOT_FIELDS, err,
                          "the boot sector has values that Windows refuses");
    return 0;
}

/* The copy lies in the sector behind the volume's. */
static int copy_judge(const struct ntfs_parse *parse, const struct ntfs_boot_disk *disk,
                      struct error *err)
{
    const struct ntfs_geometry *geometry = &parse->geometry;
    uint64_t at = geometry->sectors * geometry->sector_bytes;
    struct ntfs_boot_disk copy;

    if (at > parse->dev->size || parse->dev->size - at < sizeof(copy))
        return ntfs_judge(parse->judge, NTFS_RULE_BOOT_COPY, err,
                          "the disk ends before the copy of the boot sector");
    if (blockdev_pread(parse->dev, &copy, sizeof(copy), at, err) < 0)
        return -1;
    if (memcmp(&copy, disk, sizeof(copy)) == 0)
        return 0;
    return ntfs_judge(parse->judge, NTFS_RULE_BOOT_COPY, err,
                      "the copy of the boot sector in sector %" PRIu64 " is another one",
                      geometry->sectors);
}

static int boot_read(struct ntfs_parse *parse, struct error *err)
{
    struct ntfs_geometry *geometry = &parse->geometry;
    struct ntfs_boot_disk disk;

    if (parse->dev->size < sizeof(disk))
        return ntfs_judge(parse->judge, NTFS_RULE_BOOT_SIZE, err, "the disk has no sector");
    if (blockdev_pread(parse->dev, &disk, sizeof(disk), 0, err) < 0)
        return -1;
    if (memcmp(disk.system, "NTFS    ", sizeof(disk.system)) != 0 || !geometry_get(geometry, &disk))
        return ntfs_judge(parse->judge, NTFS_RULE_BOOT_SECTOR, err,
                          "the boot sector describes no volume");
    if (geometry->sectors > parse->dev->size / geometry->sector_bytes)
        return ntfs_judge(parse->judge, NTFS_RULE_BOOT_SIZE, err,
                          "the volume has %" PRIu64 " sectors, the disk only %" PRIu64,
                          geometry->sectors, parse->dev->size / geometry->sector_bytes);
    if (fields_judge(&disk, parse->judge, err) < 0 || copy_judge(parse, &disk, err) < 0)
        return -1;
    parse->budget = NTFS_READ_TIMES * parse->dev->size + SPEND_AT_LEAST;
    return 1;
}

/* ---- the master file table ---- */

static int place_judge(struct ntfs_parse *parse, struct error *err)
{
    return ntfs_judge(parse->judge, NTFS_RULE_MFT_PLACE, err,
                      "the master file table does not describe where it lies itself");
}

static void data_take(struct ntfs_parse *parse, struct ntfs_stream *stream)
{
    ntfs_stream_free(&parse->mft);
    parse->mft = *stream;
    *stream = (struct ntfs_stream){0};
    parse->n_records = parse->mft.size / parse->geometry.record_bytes;
    parse->window_bytes = 0;
}

/* The first piece of its data, as its own first record has it, which lies where the boot sector
 * says. */
static int first_piece(struct ntfs_parse *parse, const struct ntfs_parsed_record *record,
                       struct error *err)
{
    struct ntfs_stream stream = {0};
    const char *why;
    for (size_t i = 0; i < record->n_pieces; i++) {
        const struct ntfs_piece *piece = &record->pieces[i];
        if (!ntfs_piece_is(piece, NTFS_DATA, NULL) || piece->resident)
            continue;
        int status = ntfs_stream_add(&stream, parse, piece->pairs, piece->pairs_bytes, piece->first,
                                     piece->last, &why, err);
        uint64_t bytes = stream.clusters * parse->geometry.cluster_bytes;
        stream.size = piece->size < bytes ? piece->size : bytes;
        stream.initialized = stream.size;
        bool fits = status > 0 && stream.n_places > 0 && piece->flags == 0 &&
                    stream.places[0].cluster == parse->geometry.mft &&
                    stream.size >= parse->geometry.record_bytes;
        if (fits)
            data_take(parse, &stream);
        ntfs_stream_free(&stream);
        return status < 0 ? -1 : fits ? 1 : place_judge(parse, err);
    }
    return place_judge(parse, err);
}

/* All of it, as the records that extend the first one have it. */
static int whole_table(struct ntfs_parse *parse, struct ntfs_parsed_record *record,
                       struct error *err)
{
    struct ntfs_file file;
    int status = ntfs_parse_file(parse, record, &file, err);
    if (status > 0) {
        struct ntfs_whole *data = ntfs_file_find(&file, NTFS_DATA, NULL);
        if (data && !data->piece->resident && data->stream.stored == data->stream.clusters)
            data_take(parse, &data->stream);
        else
            status = place_judge(parse, err);
    }
    ntfs_file_free(&file);
    return status;
}

static int table_find(struct ntfs_parse *parse, struct error *err)
{
    uint32_t size = parse->geometry.record_bytes;
    struct ntfs_parsed_record record = {0};
    AUTO_FREE uint8_t *bytes = malloc(size);

    if (!bytes)
        return error_no_memory(err);
    uint64_t at = parse->geometry.mft * parse->geometry.cluster_bytes;
    if (at + size > parse->dev->size)
        return place_judge(parse, err);
    if (blockdev_pread(parse->dev, bytes, size, at, err) < 0)
        return -1;
    int status = ntfs_parse_record_in(parse, NTFS_MFT, steal(&bytes), &record, err);
    if (status > 0)
        status = first_piece(parse, &record, err);
    else if (status == 0 && !record.broken)
        status = place_judge(parse, err);
    if (status > 0)
        status = whole_table(parse, &record, err);
    ntfs_parsed_record_free(&record);
    return status;
}

int ntfs_parse_open(struct ntfs_parse *parse, struct blockdev *dev, struct ntfs_judge *judge,
                    struct error *err)
{
    *parse = (struct ntfs_parse){.dev = dev, .judge = judge};
    parse->window = malloc(NTFS_WINDOW_BYTES);
    if (!parse->window)
        return error_no_memory(err);
    if (ntfs_upcase_make(&parse->upcase, err) < 0)
        return -1;
    int status = boot_read(parse, err);
    return status <= 0 ? status : table_find(parse, err);
}

void ntfs_parse_close(struct ntfs_parse *parse)
{
    ntfs_stream_free(&parse->mft);
    free(parse->window);
    free(parse->upcase);
    *parse = (struct ntfs_parse){0};
}

int ntfs_parse_spend(struct ntfs_parse *parse, uint64_t n, struct error *err)
{
    if (n > parse->budget)
        return error_set(err, ERROR_DAMAGED,
                         "the NTFS volume is damaged: its metadata claim to be larger than the "
                         "volume; let Windows repair it (chkdsk /f), or take another copy");
    parse->budget -= n;
    return 0;
}

int ntfs_parse_record_bytes(struct ntfs_parse *parse, uint64_t number, uint8_t *bytes,
                            struct error *err)
{
    uint32_t size = parse->geometry.record_bytes;
    uint64_t at = number * size;

    if (at < parse->window_at || at - parse->window_at >= parse->window_bytes) {
        uint64_t rest = parse->n_records * size - at;
        bool in_order = at - parse->window_at - parse->window_bytes < NTFS_WINDOW_BYTES;
        parse->window_at = at;
        parse->window_bytes = !in_order                  ? size
                              : rest < NTFS_WINDOW_BYTES ? (size_t)rest
                                                         : NTFS_WINDOW_BYTES;
        if (ntfs_stream_read(parse, &parse->mft, parse->window, parse->window_bytes,
                             parse->window_at, err) < 0) {
            parse->window_bytes = 0;
            return -1;
        }
    }
    memcpy(bytes, parse->window + (at - parse->window_at), size);
    return 0;
}

int ntfs_parse_absent(struct ntfs_parse *parse, uint64_t number, uint64_t *n, struct error *err)
{
    uint32_t size = parse->geometry.record_bytes, cluster_bytes = parse->geometry.cluster_bytes;
    struct extent extent;
    uint64_t at = number * size;

    *n = 0;
    if (at >= parse->mft.initialized) {
        *n = parse->n_records - number;
        return 0;
    }
    const struct ntfs_place *place = ntfs_stream_place(&parse->mft, at / cluster_bytes);
    uint64_t into = at - place->first * cluster_bytes;
    if (blockdev_extent(parse->dev, place->cluster * cluster_bytes + into, &extent, err) < 0)
        return -1;
    uint64_t here = place->length * cluster_bytes - into;
    if (!extent.allocated)
        *n = (extent.length < here ? extent.length : here) / size;
    if (*n > parse->n_records - number)
        *n = parse->n_records - number;
    return 0;
}
