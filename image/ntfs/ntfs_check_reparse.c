/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reparse points, and the index of all of them in $Extend\$Reparse. */
#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"

enum {
    REPARSE_BYTES_MAX = 16 << 10,
    GUID_BYTES = 16,
    SYMLINK_TARGET_MAX = 4096,
};

#define TAG_OF_MICROSOFT UINT32_C(0x80000000) /* others have a GUID before the data */

/* What a symbolic link of WSL holds: a version, and in version 2 the target. */
static int symlink_judge(struct ntfs_check *check, uint64_t record, const uint8_t *data, size_t n,
                         struct error *err)
{
    struct le32 word = {{0}};
    if (n >= sizeof(word))
        memcpy(&word, data, sizeof(word));
    size_t target = n - sizeof(word);
    bool first = n == sizeof(word) && le32_get(word) == 1;
    bool second = n > sizeof(word) && le32_get(word) == 2 && target <= SYMLINK_TARGET_MAX &&
                  !memchr(data + sizeof(word), 0, target);
    if (first || second)
        return 0;
    return ntfs_judge(&check->judge, NTFS_RULE_WSL_SYMLINK, err,
                      "record %" PRIu64 " is a symbolic link without a target that WSL reads",
                      record);
}

/* 1; 0: it is none. */
static int point_get(struct ntfs_check *check, uint64_t record, const uint8_t *bytes, size_t n,
                     uint32_t *tag, struct error *err)
{
    struct ntfs_reparse_disk disk = {0};
    if (n < sizeof(disk))
        return 0;
    memcpy(&disk, bytes, sizeof(disk));
    *tag = le32_get(disk.tag);
    size_t head = sizeof(disk) + (*tag & TAG_OF_MICROSOFT ? 0 : GUID_BYTES);
    size_t length = le16_get(disk.length);
    if (*tag == 0 || n != head + length)
        return 0;
    switch (*tag) {
    case NTFS_TAG_SYMLINK:
        return symlink_judge(check, record, bytes + head, length, err) < 0 ? -1 : 1;
    case NTFS_TAG_SOCKET:
    case NTFS_TAG_FIFO:
    case NTFS_TAG_CHARACTER:
    case NTFS_TAG_BLOCK:
        return length == 0;
    default:
        return 1;
    }
}

int ntfs_check_reparse_point(struct ntfs_check *check, const struct ntfs_file *file, uint32_t *tag,
                             struct error *err)
{
    const struct ntfs_parsed_record *record = &file->records[0];
    const struct ntfs_whole *whole = ntfs_file_find(file, NTFS_REPARSE_POINT, NULL);
    bool flagged = ntfs_facts_of(check, record->number)->attributes & NTFS_FILE_REPARSE;
    AUTO_FREE uint8_t *bytes = NULL;
    int status = 0;

    if (flagged != (whole != NULL) &&
        ntfs_judge(&check->judge, NTFS_RULE_REPARSE_FLAG, err,
                   "record %" PRIu64 " is %smarked as a reparse point, and %s one", record->number,
                   flagged ? "" : "not ", whole ? "is" : "is not") < 0)
        return -1;
    if (!whole)
        return 0;
    if (whole->stream.size <= REPARSE_BYTES_MAX) {
        if (ntfs_stream_load(&check->parse, &whole->stream, &bytes, err) < 0)
            return -1;
        status = point_get(check, record->number, bytes, (size_t)whole->stream.size, tag, err);
    }
    if (status == 0)
        status = ntfs_judge(&check->judge, NTFS_RULE_REPARSE_INVALID, err,
                            "record %" PRIu64 ": its reparse point has no form of its kind",
                            record->number);
    if (status < 0)
        return -1;
    struct ntfs_reparse_key key = {
        .file = record->number | (uint64_t)record->sequence << 48,
        .tag = *tag,
    };
    return ntfs_list_add(&check->points, &key, sizeof(key), err);
}

/* ---- both ways ---- */

static int key_compare(const void *a, const void *b)
{
    const struct ntfs_reparse_key *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    return x->tag == y->tag ? 0 : x->tag < y->tag ? -1 : 1;
}

static int unlisted_judge(struct ntfs_check *check, const struct ntfs_reparse_key *key,
                          struct error *err)
{
    return ntfs_judge(&check->judge, NTFS_RULE_REPARSE_UNLISTED, err,
                      "record %" PRIu64 ": its reparse point is not in $Reparse",
                      ntfs_reference_number(key->file));
}

static int stale_judge(struct ntfs_check *check, const struct ntfs_reparse_key *key,
                       struct error *err)
{
    const struct ntfs_facts *facts = ntfs_facts_of(check, ntfs_reference_number(key->file));
    if (facts && facts->is & NTFS_IS_BROKEN)
        return 0;
    return ntfs_judge(&check->judge, NTFS_RULE_REPARSE_STALE, err,
                      "$Reparse has record %" PRIu64 " with the tag 0x%08" PRIx32
                      ", which that does not have",
                      ntfs_reference_number(key->file), key->tag);
}

int ntfs_check_reparse(struct ntfs_check *check, struct error *err)
{
    struct ntfs_list *points = &check->points, *listed = &check->listed;
    const struct ntfs_reparse_key *a = points->items, *b = listed->items;
    size_t i = 0, j = 0;

    if (points->n > 0)
        qsort(points->items, points->n, sizeof(*a), key_compare);
    if (listed->n > 0)
        qsort(listed->items, listed->n, sizeof(*b), key_compare);
    while (i < points->n || j < listed->n) {
        int order = i == points->n ? 1 : j == listed->n ? -1 : key_compare(&a[i], &b[j]);
        if (order < 0 && unlisted_judge(check, &a[i], err) < 0)
            return -1;
        if (order > 0 && stale_judge(check, &b[j], err) < 0)
            return -1;
        i += order <= 0;
        j += order >= 0;
    }
    return 0;
}
