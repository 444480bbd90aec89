/* SPDX-License-Identifier: GPL-3.0-or-later */
/* $Secure: the descriptors, the copy of each, and the two indexes of them. $SDS is made of pairs of
 * blocks of 256 KiB, each second one a copy of the first:
 *
 *     hash | id | offset | length | descriptor     at multiples of 16 bytes */
#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "core/cancel.h"
#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"

enum {
    BLOCK_BYTES = 256 << 10,
    ENTRY_STEP = 16,
};

struct sds_entry_disk {
    struct le32 hash;   /* +0 */
    struct le32 id;     /* +4 */
    struct le64 offset; /* +8: its own */
    struct le32 length; /* +16: with this head */
};
static_assert(sizeof(struct sds_entry_disk) == 20, "entry of $SDS");

static uint32_t descriptor_hash(const uint8_t *bytes, size_t n)
{
    uint32_t hash = 0;
    for (size_t i = 0; i + sizeof(struct le32) <= n; i += sizeof(struct le32)) {
        struct le32 word;
        memcpy(&word, bytes + i, sizeof(word));
        hash = le32_get(word) + (hash << 3 | hash >> 29);
    }
    return hash;
}

/* The entry at a block's byte, whose length was judged. */
static int entry_use(struct ntfs_check *check, const struct ntfs_descriptor *found,
                     const uint8_t *entry, const uint8_t *copy, struct error *err)
{
    if (ntfs_list_add(&check->descriptors, found, sizeof(*found), err) < 0)
        return -1;
    if (descriptor_hash(entry + sizeof(struct sds_entry_disk),
                        found->length - sizeof(struct sds_entry_disk)) != found->hash &&
        ntfs_judge(&check->judge, NTFS_RULE_SECURITY_HASH, err,
                   "security descriptor 0x%" PRIx32 " has not the hash that is written with it",
                   found->id) < 0)
        return -1;
    if (memcmp(entry, copy, found->length) != 0)
        return ntfs_judge(&check->judge, NTFS_RULE_SECURITY_MIRROR, err,
                          "the copy of security descriptor 0x%" PRIx32 " is another one",
                          found->id);
    return 0;
}

/* n bytes of a block at an offset of the stream, and its copy. */
static int block_use(struct ntfs_check *check, const uint8_t *block, const uint8_t *copy, size_t n,
                     uint64_t offset, struct error *err)
{
    struct sds_entry_disk disk;
    for (size_t at = 0; n - at >= sizeof(disk);) {
        memcpy(&disk, block + at, sizeof(disk));
        struct ntfs_descriptor found = {
            .id = le32_get(disk.id),
            .hash = le32_get(disk.hash),
            .length = le32_get(disk.length),
            .offset = le64_get(disk.offset),
        };
        if (found.length == 0)
            return 0;
        if (found.length <= sizeof(disk) || found.length > n - at || found.offset != offset + at)
            return ntfs_judge(&check->judge, NTFS_RULE_SECURITY_ENTRY, err,
                              "the entry at byte %" PRIu64 " of $SDS is none", offset + at);
        if (entry_use(check, &found, block + at, copy + at, err) < 0)
            return -1;
        at += (found.length + ENTRY_STEP - 1) / ENTRY_STEP * ENTRY_STEP;
        if (at > n)
            return 0;
    }
    return 0;
}

static int stream_use(struct ntfs_check *check, const struct ntfs_stream *stream, struct error *err)
{
    AUTO_FREE uint8_t *block = malloc(BLOCK_BYTES);
    AUTO_FREE uint8_t *copy = malloc(BLOCK_BYTES);
    if (!block || !copy)
        return error_no_memory(err);
    for (uint64_t at = 0; at + BLOCK_BYTES < stream->size; at += 2 * (uint64_t)BLOCK_BYTES) {
        uint64_t rest = stream->size - at - BLOCK_BYTES;
        size_t n = rest < BLOCK_BYTES ? (size_t)rest : BLOCK_BYTES;
        if (cancel_check(err) < 0 ||
            ntfs_stream_read(&check->parse, stream, block, n, at, err) < 0 ||
            ntfs_stream_read(&check->parse, stream, copy, n, at + BLOCK_BYTES, err) < 0 ||
            block_use(check, block, copy, n, at, err) < 0)
            return -1;
    }
    return 0;
}

static int id_compare(const void *a, const void *b)
{
    const struct ntfs_descriptor *x = a, *y = b;
    return x->id == y->id ? 0 : x->id < y->id ? -1 : 1;
}

static void ids_sort(struct ntfs_list *list)
{
    if (list->n > 0)
        qsort(list->items, list->n, sizeof(struct ntfs_descriptor), id_compare);
}

static const struct ntfs_descriptor *id_find(const struct ntfs_list *list, uint32_t id)
{
    struct ntfs_descriptor key = {.id = id};
    return list->n == 0 ? NULL : bsearch(&key, list->items, list->n, sizeof(key), id_compare);
}

int ntfs_check_descriptors(struct ntfs_check *check, struct error *err)
{
    struct ntfs_file file = {0};
    check->judge.silent = true;
    int status = ntfs_parse_file_at(&check->parse, NTFS_SECURE, &file, err);
    check->judge.silent = false;
    const struct ntfs_whole *whole = status > 0 ? ntfs_file_find(&file, NTFS_DATA, "$SDS") : NULL;
    if (whole)
        status = stream_use(check, &whole->stream, err);
    else if (status > 0)
        status = ntfs_judge(&check->judge, NTFS_RULE_SYSTEM_FILE, err, "$Secure has no $SDS");
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}

/* ---- who says the same ---- */

/* Every item of an index has its descriptor, and its item in the other index. */
static int index_judge(struct ntfs_check *check, const struct ntfs_list *index,
                       const struct ntfs_list *other, const char *name, struct error *err)
{
    const struct ntfs_descriptor *items = index->items;
    for (size_t i = 0; i < index->n; i++) {
        const struct ntfs_descriptor *found = id_find(&check->descriptors, items[i].id);
        bool same = found && found->hash == items[i].hash && found->offset == items[i].offset &&
                    found->length == items[i].length;
        if ((!same || !id_find(other, items[i].id)) &&
            ntfs_judge(&check->judge, NTFS_RULE_SECURITY_INDEX, err,
                       "%s has security descriptor 0x%" PRIx32
                       " otherwise than $SDS or the other index",
                       name, items[i].id) < 0)
            return -1;
    }
    return 0;
}

static int users_judge(struct ntfs_check *check, struct error *err)
{
    for (uint64_t i = 0; i < check->parse.n_records; i++) {
        const struct ntfs_facts *facts = ntfs_facts_of(check, i);
        if (!facts) {
            i += check->parts[i / NTFS_FACTS_PART] ? 0 : NTFS_FACTS_PART - 1;
            continue;
        }
        if (facts->is & (NTFS_IS_BROKEN | NTFS_IS_EXTENSION))
            continue;
        if (facts->security != 0 && !id_find(&check->by_id, facts->security) &&
            ntfs_judge(&check->judge, NTFS_RULE_SECURITY_ID, err,
                       "record %" PRIu64 " has security descriptor 0x%" PRIx32
                       ", which does not exist",
                       i, facts->security) < 0)
            return -1;
        if (facts->security == 0 && !(facts->is & (NTFS_HAS_DESCRIPTOR | NTFS_IS_SYSTEM)) &&
            ntfs_judge(&check->judge, NTFS_RULE_SECURITY_MISSING, err,
                       "record %" PRIu64 " has no security descriptor", i) < 0)
            return -1;
    }
    return 0;
}

int ntfs_check_security(struct ntfs_check *check, struct error *err)
{
    const struct ntfs_facts *secure = ntfs_facts_of(check, NTFS_SECURE);
    if (!secure || secure->is & (NTFS_IS_BROKEN | NTFS_INDEX_IS_BROKEN))
        return 0;
    ids_sort(&check->descriptors);
    ids_sort(&check->by_id);
    ids_sort(&check->by_hash);
    if (index_judge(check, &check->by_id, &check->by_hash, "$SII", err) < 0 ||
        index_judge(check, &check->by_hash, &check->by_id, "$SDH", err) < 0)
        return -1;
    return users_judge(check, err);
}
