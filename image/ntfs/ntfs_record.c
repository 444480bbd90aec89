/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_record.h"

#include <string.h>

enum {
    ALIGNMENT = 8,
    UPDATE_NUMBER = 1,
};

static size_t align(size_t n)
{
    return (n + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
}

static size_t name_bytes(const struct ntfs_attribute *attribute)
{
    return attribute->name ? strlen(attribute->name) * 2 : 0;
}

/* What stands before the value or the runs. */
static size_t head_bytes(const struct ntfs_attribute *attribute)
{
    size_t n = sizeof(struct ntfs_resident_disk);
    if (attribute->runs)
        n = attribute->sparse && attribute->first_run == 0 ? sizeof(struct ntfs_sparse_disk)
                                                           : sizeof(struct ntfs_nonresident_disk);
    return align(n + name_bytes(attribute));
}

size_t ntfs_attribute_bytes(const struct ntfs_attribute *attribute, size_t room)
{
    size_t head = head_bytes(attribute);
    size_t run = attribute->first_run;
    if (!attribute->runs)
        return head + align(attribute->size);
    if (room < head)
        return head + ALIGNMENT;
    return align(head + ntfs_runs_pack(attribute->runs, &run, NULL, room - head));
}

void ntfs_record_begin(struct ntfs_record *record, uint32_t number, uint16_t sequence,
                       uint16_t flags, uint64_t base)
{
    memset(record->bytes, 0, sizeof(record->bytes));
    struct ntfs_record_disk head = {
        .magic = "FILE",
        .fixups = le16_put(offsetof(struct ntfs_record_disk, update_number)),
        .n_fixups = le16_put(1 + NTFS_RECORD_BYTES / NTFS_SECTOR_BYTES),
        .sequence = le16_put(sequence),
        .attributes = le16_put(sizeof(head)),
        .flags = le16_put(flags),
        .size = le32_put(NTFS_RECORD_BYTES),
        .base = le64_put(base),
        .number = le32_put(number),
        .update_number = le16_put(UPDATE_NUMBER),
    };
    memcpy(record->bytes, &head, sizeof(head));
    record->used = sizeof(head);
    record->reserved = 0;
    record->number = number;
    record->sequence = sequence;
    record->flags = flags;
    record->next_attribute = 0;
}

size_t ntfs_record_room(const struct ntfs_record *record)
{
    return NTFS_RECORD_BYTES - ALIGNMENT - record->used - record->reserved;
}

static void name_put(uint8_t *to, const char *name)
{
    for (; *name; name++, to += 2)
        *to = (uint8_t)*name;
}

static struct ntfs_attribute_disk attribute_head(const struct ntfs_attribute *attribute,
                                                 size_t length, size_t name_offset, uint16_t number)
{
    return (struct ntfs_attribute_disk){
        .type = le32_put(attribute->type),
        .length = le32_put((uint32_t)length),
        .non_resident = attribute->runs != NULL,
        .name_length = (uint8_t)(name_bytes(attribute) / 2),
        .name_offset = le16_put(attribute->name || attribute->runs ? (uint16_t)name_offset : 0),
        .flags = le16_put(attribute->sparse ? NTFS_ATTRIBUTE_SPARSE : 0),
        .number = le16_put(number),
    };
}

static void resident_put(uint8_t *to, const struct ntfs_attribute *attribute, size_t length,
                         uint16_t number)
{
    size_t value = head_bytes(attribute);
    struct ntfs_resident_disk head = {
        .head = attribute_head(attribute, length, sizeof(head), number),
        .value_length = le32_put((uint32_t)attribute->size),
        .value_offset = le16_put((uint16_t)value),
        .indexed = attribute->indexed,
    };
    memcpy(to, &head, sizeof(head));
    if (attribute->name)
        name_put(to + sizeof(head), attribute->name);
    if (attribute->size > 0)
        memcpy(to + value, attribute->value, attribute->size);
}

/* Sizes stand in the first piece alone. */
static void nonresident_put(uint8_t *to, struct ntfs_attribute *attribute, size_t length,
                            uint16_t number)
{
    const struct ntfs_runs *runs = attribute->runs;
    bool is_first = attribute->first_run == 0;
    bool sparse = attribute->sparse && is_first;
    size_t pairs = head_bytes(attribute);
    size_t name = sparse ? sizeof(struct ntfs_sparse_disk) : sizeof(struct ntfs_nonresident_disk);
    size_t run = attribute->first_run;

    ntfs_runs_pack(runs, &run, to + pairs, length - pairs);
    uint64_t clusters = 0;
    for (size_t i = attribute->first_run; i < run; i++)
        clusters += runs->list[i].length;

    struct ntfs_sparse_disk head = {
        .head =
            {
                .head = attribute_head(attribute, length, name, number),
                .first = le64_put(attribute->first_cluster),
                .last = le64_put(attribute->first_cluster + clusters - 1),
                .runs_offset = le16_put((uint16_t)pairs),
                .compression_unit = sparse ? NTFS_HOLE_SHIFT : 0,
                .allocated = le64_put(is_first ? runs->clusters * NTFS_CLUSTER_BYTES : 0),
                .size = le64_put(is_first ? attribute->size : 0),
                .initialized = le64_put(is_first ? attribute->initialized : 0),
            },
        .stored = le64_put(runs->stored * NTFS_CLUSTER_BYTES),
    };
    memcpy(to, &head, name);
    if (attribute->name)
        name_put(to + name, attribute->name);
    attribute->first_run = run;
    attribute->first_cluster += clusters;
}

/* Whether at least one of its runs, or all of its value, goes into room bytes. */
static bool fits(const struct ntfs_attribute *attribute, size_t room)
{
    size_t head = head_bytes(attribute), run = attribute->first_run;
    if (!attribute->runs)
        return head + align(attribute->size) <= room;
    if (room <= head)
        return false;
    ntfs_runs_pack(attribute->runs, &run, NULL, room - head);
    return run > attribute->first_run;
}

bool ntfs_record_add(struct ntfs_record *record, struct ntfs_attribute *attribute, uint16_t *number)
{
    size_t room = ntfs_record_room(record);
    if (!fits(attribute, room))
        return false;
    size_t length = ntfs_attribute_bytes(attribute, room);
    *number = record->next_attribute++;
    if (attribute->runs)
        nonresident_put(record->bytes + record->used, attribute, length, *number);
    else
        resident_put(record->bytes + record->used, attribute, length, *number);
    record->used += length;
    return true;
}

bool ntfs_record_join(struct ntfs_record *record, const struct ntfs_record *other)
{
    const size_t head = sizeof(struct ntfs_record_disk);
    size_t n = other->used - head;
    if (n > ntfs_record_room(record))
        return false;
    memcpy(record->bytes + record->used, other->bytes + head, n);
    record->used += n;
    record->next_attribute = other->next_attribute;
    return true;
}

void ntfs_fixups_apply(void *bytes, size_t sectors)
{
    struct ntfs_record_disk head; /* index blocks begin alike */
    uint8_t *at = bytes;

    memcpy(&head, at, 8);
    uint8_t *array = at + le16_get(head.fixups);
    for (size_t i = 0; i < sectors; i++) {
        uint8_t *last = at + (i + 1) * NTFS_SECTOR_BYTES - 2;
        memcpy(array + 2 + i * 2, last, 2);
        memcpy(last, array, 2);
    }
}

void ntfs_record_finish(struct ntfs_record *record, uint16_t links)
{
    struct le32 end = le32_put(NTFS_ATTRIBUTES_END);
    struct ntfs_record_disk head;

    memcpy(record->bytes + record->used, &end, sizeof(end));
    memcpy(&head, record->bytes, sizeof(head));
    head.links = le16_put(links);
    head.used = le32_put((uint32_t)(record->used + ALIGNMENT));
    head.next_attribute = le16_put(record->next_attribute);
    memcpy(record->bytes, &head, sizeof(head));
    ntfs_fixups_apply(record->bytes, NTFS_RECORD_BYTES / NTFS_SECTOR_BYTES);
}
