/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Clusters and records: who has them, and what the bitmaps say. */
#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "core/cancel.h"
#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"

enum {
    PART_BYTES = 65536, /* of a bitmap, looked at together */
};

static int claim_compare(const void *a, const void *b)
{
    const struct ntfs_claim *x = a, *y = b;
    return x->cluster == y->cluster ? 0 : x->cluster < y->cluster ? -1 : 1;
}

int ntfs_check_overlaps(struct ntfs_check *check, struct error *err)
{
    struct ntfs_claim *claims = check->claims.items;
    const struct ntfs_claim *before = NULL;

    if (check->claims.n > 0)
        qsort(claims, check->claims.n, sizeof(*claims), claim_compare);
    for (size_t i = 0; i < check->claims.n; i++) {
        if (before && before->cluster + before->length > claims[i].cluster &&
            ntfs_judge(&check->judge, NTFS_RULE_RUNS_OVERLAP, err,
                       "cluster %" PRIu64 " belongs to record %" PRIu64 " and to record %" PRIu64,
                       claims[i].cluster, before->record, claims[i].record) < 0)
            return -1;
        if (!before || claims[i].cluster + claims[i].length > before->cluster + before->length)
            before = &claims[i];
    }
    return 0;
}

/* ---- bitmaps ---- */

/* A bitmap that is compared with what it should be, part by part. */
struct bitmap {
    struct ntfs_check *check;
    const struct ntfs_stream *stream;
    uint64_t bits; /* of it that mean something */
    uint8_t should[PART_BYTES], is[PART_BYTES];
    size_t claim; /* of clusters: the next */
};

static void bits_set(uint8_t *bytes, uint64_t from, uint64_t to)
{
    for (; from < to && from % 8 != 0; from++)
        bytes[from / 8] |= (uint8_t)(1 << from % 8);
    if (to - from >= 8)
        memset(bytes + from / 8, 0xff, (size_t)((to - from) / 8));
    for (from += (to - from) / 8 * 8; from < to; from++)
        bytes[from / 8] |= (uint8_t)(1 << from % 8);
}

/* The bits from first to end that clusters of files have. */
static void clusters_part(struct bitmap *bitmap, uint64_t first, uint64_t end)
{
    const struct ntfs_claim *claims = bitmap->check->claims.items;
    size_t i = bitmap->claim;
    for (; i < bitmap->check->claims.n && claims[i].cluster < end; i++) {
        uint64_t from = claims[i].cluster, to = from + claims[i].length;
        if (to <= first)
            continue;
        bits_set(bitmap->should, from < first ? 0 : from - first, (to < end ? to : end) - first);
        /* One that goes on is looked at again. */
        if (to > end)
            break;
    }
    bitmap->claim = i;
}

static void records_part(struct bitmap *bitmap, uint64_t first, uint64_t end)
{
    for (uint64_t i = first; i < end; i++) {
        if (ntfs_facts_of(bitmap->check, i))
            bits_set(bitmap->should, i - first, i - first + 1);
    }
}

/* Calls judge for the first few bits that differ of every part. */
static int bitmap_compare(struct bitmap *bitmap,
                          void (*should)(struct bitmap *bitmap, uint64_t first, uint64_t end),
                          int (*judge)(struct ntfs_check *check, uint64_t bit, bool is,
                                       struct error *err),
                          struct error *err)
{
    for (uint64_t at = 0; at < bitmap->bits; at += 8 * (uint64_t)PART_BYTES) {
        uint64_t end = bitmap->bits - at < 8 * (uint64_t)PART_BYTES ? bitmap->bits
                                                                    : at + 8 * (uint64_t)PART_BYTES;
        size_t n = (size_t)((end - at + 7) / 8);
        if (cancel_check(err) < 0 ||
            ntfs_stream_read(&bitmap->check->parse, bitmap->stream, bitmap->is, n, at / 8, err) < 0)
            return -1;
        memset(bitmap->should, 0, n);
        should(bitmap, at, end);
        for (size_t i = 0; i < n; i++) {
            if (bitmap->is[i] == bitmap->should[i])
                continue;
            for (unsigned bit = 0; bit < 8 && at + 8 * i + bit < end; bit++) {
                bool is = bitmap->is[i] >> bit & 1;
                if (is != (bitmap->should[i] >> bit & 1) &&
                    judge(bitmap->check, at + 8 * i + bit, is, err) < 0)
                    return -1;
            }
        }
    }
    return 0;
}

/* Opens a bitmap of at least so many bits. 1; 0: there is none, which was judged. */
static int bitmap_find(struct ntfs_check *check, uint64_t record, uint32_t type, uint64_t bits,
                       struct ntfs_file *file, const struct ntfs_stream **out, struct error *err)
{
    check->judge.silent = true;
    int status = ntfs_parse_file_at(&check->parse, record, file, err);
    check->judge.silent = false;
    if (status < 0)
        return -1;
    const struct ntfs_whole *whole = status > 0 ? ntfs_file_find(file, type, NULL) : NULL;
    if (whole && whole->stream.size >= (bits + 7) / 8) {
        *out = &whole->stream;
        return 1;
    }
    return ntfs_judge(&check->judge, NTFS_RULE_SYSTEM_FILE, err,
                      "record %" PRIu64 " has no bitmap, or one that is too short", record);
}

static int bitmap_check(struct ntfs_check *check, uint64_t record, uint32_t type, uint64_t bits,
                        void (*should)(struct bitmap *bitmap, uint64_t first, uint64_t end),
                        int (*judge)(struct ntfs_check *check, uint64_t bit, bool is,
                                     struct error *err),
                        struct error *err)
{
    struct ntfs_file file = {0};
    AUTO_FREE struct bitmap *bitmap = calloc(1, sizeof(*bitmap));
    if (!bitmap)
        return error_no_memory(err);
    bitmap->check = check;
    bitmap->bits = bits;
    int status = bitmap_find(check, record, type, bits, &file, &bitmap->stream, err);
    if (status > 0)
        status = bitmap_compare(bitmap, should, judge, err);
    if (status == 0 && type == NTFS_DATA && bitmap->stream) {
        /* The last bits, for clusters that are not there, say that they are used. */
        uint64_t odd = bits % 8;
        if (odd > 0 && bitmap->is[(bits - 1) / 8 % PART_BYTES] >> odd != 0xff >> odd)
            status = ntfs_judge(&check->judge, NTFS_RULE_CLUSTER_TAIL, err,
                                "clusters behind the volume's end are marked as free");
    }
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

static int cluster_judge(struct ntfs_check *check, uint64_t cluster, bool is, struct error *err)
{
    if (!is)
        return ntfs_judge(&check->judge, NTFS_RULE_CLUSTER_FREE, err,
                          "cluster %" PRIu64 " belongs to a file and is marked as free", cluster);
    if (check->is_broken)
        return 0; /* whose it is could not be read */
    return ntfs_judge(&check->judge, NTFS_RULE_CLUSTER_LOST, err,
                      "cluster %" PRIu64 " is marked as used, but belongs to no file", cluster);
}

static int record_judge(struct ntfs_check *check, uint64_t record, bool is, struct error *err)
{
    return ntfs_judge(&check->judge, is ? NTFS_RULE_RECORD_LOST : NTFS_RULE_RECORD_FREE, err,
                      is ? "record %" PRIu64 " is marked as used in the bitmap, but is not"
                         : "record %" PRIu64 " is used, but marked as free in the bitmap",
                      record);
}

int ntfs_check_space(struct ntfs_check *check, struct error *err)
{
    return bitmap_check(check, NTFS_BITMAP, NTFS_DATA, check->parse.geometry.clusters,
                        clusters_part, cluster_judge, err);
}

int ntfs_check_records_used(struct ntfs_check *check, struct error *err)
{
    return bitmap_check(check, NTFS_MFT, NTFS_BITMAP_ATTRIBUTE, check->parse.n_records,
                        records_part, record_judge, err);
}
