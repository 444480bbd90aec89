/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_record_read.h"

#include <inttypes.h>
#include <string.h>

#include "image/ntfs/ntfs_format.h"

/* The last word of every sector holds the update number; the words that belong there were saved. */
int ntfs_fixups_undo(uint8_t *bytes, size_t size, struct error *err)
{
    struct ntfs_record_disk head; /* index blocks begin alike */
    memcpy(&head, bytes, sizeof(head));
    size_t at = le16_get(head.fixups), n = le16_get(head.n_fixups);

    if (size % NTFS_SECTOR_BYTES != 0 || n != size / NTFS_SECTOR_BYTES + 1 || at % 2 != 0 ||
        at < offsetof(struct ntfs_record_disk, log_number) || at + 2 * n > NTFS_SECTOR_BYTES - 2)
        return error_set(err, ERROR_DAMAGED, "its update sequence does not fit it");
    for (size_t i = 1; i < n; i++) {
        uint8_t *last = bytes + i * NTFS_SECTOR_BYTES - 2;
        if (memcmp(last, bytes + at, 2) != 0)
            return error_set(err, ERROR_DAMAGED, "it was written in part");
        memcpy(last, bytes + at + 2 * i, 2);
    }
    return 0;
}

/* ---- attributes ---- */

static bool resident_get(struct ntfs_attribute_view *to, const uint8_t *bytes, size_t length)
{
    struct ntfs_resident_disk disk;
    if (length < sizeof(disk))
        return false;
    memcpy(&disk, bytes, sizeof(disk));
    size_t at = le16_get(disk.value_offset);
    to->value_length = le32_get(disk.value_length);
    if (at > length || to->value_length > length - at)
        return false;
    to->value = bytes + at;
    return true;
}

static bool nonresident_get(struct ntfs_attribute_view *to, const uint8_t *bytes, size_t length)
{
    struct ntfs_nonresident_disk disk;
    if (length < sizeof(disk))
        return false;
    memcpy(&disk, bytes, sizeof(disk));
    size_t at = le16_get(disk.runs_offset);
    to->first = le64_get(disk.first);
    to->last = le64_get(disk.last);
    to->compression_unit = disk.compression_unit;
    to->size = le64_get(disk.size);
    to->initialized = le64_get(disk.initialized);
    if (at < sizeof(disk) || at >= length)
        return false;
    to->pairs = bytes + at;
    to->pairs_bytes = length - at;
    /* An attribute without clusters ends before it begins. */
    bool empty = to->first == 0 && to->last == UINT64_MAX;
    return empty || (to->first <= to->last && to->last < INT64_MAX);
}

/* The attribute at to->at, which ends before end: its length, or 0 when it is not sound. */
static size_t attribute_get(struct ntfs_attribute_view *to, const uint8_t *bytes, size_t end)
{
    struct ntfs_attribute_disk disk;
    size_t at = to->at;
    if (end - at < sizeof(disk))
        return 0;
    memcpy(&disk, bytes + at, sizeof(disk));
    size_t length = le32_get(disk.length);
    if (length < sizeof(disk) || length % 8 != 0 || length > end - at)
        return 0;
    size_t name = le16_get(disk.name_offset);
    *to = (struct ntfs_attribute_view){
        .at = at,
        .type = le32_get(disk.type),
        .flags = le16_get(disk.flags),
        .resident = !disk.non_resident,
        .name_length = disk.name_length,
        .name = bytes + at + name,
    };
    if (disk.name_length > 0 && name + 2 * (size_t)disk.name_length > length)
        return 0;
    bool sound = to->resident ? resident_get(to, bytes + at, length)
                              : nonresident_get(to, bytes + at, length);
    return sound ? length : 0;
}

static bool at_end(const uint8_t *bytes, size_t at)
{
    struct le32 type;
    memcpy(&type, bytes + at, sizeof(type));
    return le32_get(type) == NTFS_ATTRIBUTES_END;
}

bool ntfs_record_next(const struct ntfs_record_view *record, struct ntfs_attribute_view *attribute)
{
    if (attribute->at == 0) {
        attribute->at = record->first;
    } else {
        struct ntfs_attribute_disk disk;
        memcpy(&disk, record->bytes + attribute->at, sizeof(disk));
        attribute->at += le32_get(disk.length);
    }
    return !at_end(record->bytes, attribute->at) &&
           attribute_get(attribute, record->bytes, record->end) > 0;
}

/* ---- the record ---- */

static int attributes_check(const struct ntfs_record_view *record, struct error *err)
{
    struct ntfs_attribute_view attribute = {.at = record->first};
    while (record->end - attribute.at >= sizeof(struct le32)) {
        if (at_end(record->bytes, attribute.at))
            return 0;
        size_t length = attribute_get(&attribute, record->bytes, record->end);
        if (length == 0)
            return error_set(err, ERROR_DAMAGED,
                             "the attribute at byte %zu of it does not fit into it", attribute.at);
        attribute.at += length;
    }
    return error_set(err, ERROR_DAMAGED, "its attributes have no end");
}

static int record_check(struct ntfs_record_view *out, uint8_t *bytes, size_t size,
                        struct error *err)
{
    struct ntfs_record_disk disk;

    if (memcmp(bytes, "FILE", 4) != 0)
        return error_set(err, ERROR_DAMAGED, "its mark is missing");
    if (ntfs_fixups_undo(bytes, size, err) < 0)
        return -1;
    memcpy(&disk, bytes, sizeof(disk));
    out->first = le16_get(disk.attributes);
    out->end = le32_get(disk.used);
    out->base = le64_get(disk.base);
    out->sequence = le16_get(disk.sequence);
    if (out->first % 8 != 0 || out->first < offsetof(struct ntfs_record_disk, number) ||
        out->end > size || out->end < out->first)
        return error_set(err, ERROR_DAMAGED, "its sizes do not fit each other");
    return attributes_check(out, err);
}

int ntfs_record_read(struct ntfs_record_view *out, uint8_t *bytes, size_t size, uint64_t number,
                     struct error *err)
{
    struct ntfs_record_disk disk;

    memcpy(&disk, bytes, sizeof(disk));
    *out =
        (struct ntfs_record_view){.bytes = bytes, .number = number, .flags = le16_get(disk.flags)};
    bool written = memcmp(disk.magic, "\0\0\0\0", sizeof(disk.magic)) != 0;
    if (!written || !(out->flags & NTFS_RECORD_IN_USE))
        return 0;
    if (record_check(out, bytes, size, err) < 0)
        return error_wrap(err, "record %" PRIu64 " of the master file table is damaged", number);
    return 1;
}
