/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_parse_record.h"

#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_parse.h"

enum {
    FIXUPS_HEAD_BYTES = 8, /* magic, and where the update sequence is */
    PIECES_STEP = 8,
};

bool ntfs_parse_fixups(uint8_t *bytes, size_t size)
{
    struct ntfs_record_disk head;
    memcpy(&head, bytes, FIXUPS_HEAD_BYTES);
    size_t at = le16_get(head.fixups), n = le16_get(head.n_fixups);

    if (n != size / NTFS_SECTOR_BYTES + 1 || at % 2 != 0 || at < FIXUPS_HEAD_BYTES ||
        at + 2 * n > NTFS_SECTOR_BYTES - 2)
        return false;
    for (size_t i = 1; i < n; i++) {
        uint8_t *last = bytes + i * NTFS_SECTOR_BYTES - 2;
        if (memcmp(last, bytes + at, 2) != 0)
            return false;
        memcpy(last, bytes + at + 2 * i, 2);
    }
    return true;
}

static uint16_t unit_at(const uint8_t *name, size_t i)
{
    return (uint16_t)(name[2 * i] | name[2 * i + 1] << 8);
}

int ntfs_parse_name_compare(const struct ntfs_parse *parse, const uint8_t *a, size_t a_length,
                            const uint8_t *b, size_t b_length)
{
    size_t n = a_length < b_length ? a_length : b_length;
    for (size_t i = 0; i < n; i++) {
        uint16_t x = parse->upcase[unit_at(a, i)], y = parse->upcase[unit_at(b, i)];
        if (x != y)
            return x < y ? -1 : 1;
    }
    if (a_length != b_length)
        return a_length < b_length ? -1 : 1;
    for (size_t i = 0; i < n; i++) {
        if (unit_at(a, i) != unit_at(b, i))
            return unit_at(a, i) < unit_at(b, i) ? -1 : 1;
    }
    return 0;
}

/* ---- attributes ---- */

static bool resident_get(struct ntfs_piece *to, const uint8_t *bytes, size_t length)
{
    struct ntfs_resident_disk disk;
    if (length < sizeof(disk))
        return false;
    memcpy(&disk, bytes, sizeof(disk));
    size_t at = le16_get(disk.value_offset);
    to->value_length = le32_get(disk.value_length);
    to->indexed = disk.indexed;
    if (at < sizeof(disk) || at > length || to->value_length > length - at)
        return false;
    to->value = bytes + at;
    return true;
}

static bool nonresident_get(struct ntfs_piece *to, const uint8_t *bytes, size_t length)
{
    struct ntfs_sparse_disk disk = {0};
    size_t head = sizeof(disk.head);
    if (length < head)
        return false;
    memcpy(&disk, bytes, length < sizeof(disk) ? length : sizeof(disk));
    size_t at = le16_get(disk.head.runs_offset);
    if (at < head || at >= length)
        return false;
    to->first = le64_get(disk.head.first);
    to->last = le64_get(disk.head.last);
    to->allocated = le64_get(disk.head.allocated);
    to->size = le64_get(disk.head.size);
    to->initialized = le64_get(disk.head.initialized);
    to->unit = disk.head.compression_unit;
    if (at >= sizeof(disk) && to->flags != 0)
        to->packed = le64_get(disk.stored);
    to->pairs = bytes + at;
    to->pairs_bytes = length - at;
    return true;
}

/* The attribute at bytes, which has the length that was judged. */
static bool piece_get(struct ntfs_piece *to, const uint8_t *bytes, size_t length)
{
    struct ntfs_attribute_disk disk;
    memcpy(&disk, bytes, sizeof(disk));
    size_t name = le16_get(disk.name_offset);
    *to = (struct ntfs_piece){
        .type = le32_get(disk.type),
        .flags = le16_get(disk.flags),
        .number = le16_get(disk.number),
        .resident = !disk.non_resident,
        .name_length = disk.name_length,
        .name = bytes + (disk.name_length > 0 ? name : 0),
    };
    if (disk.name_length > 0 &&
        (name < sizeof(disk) || name + 2 * (size_t)disk.name_length > length))
        return false;
    return to->resident ? resident_get(to, bytes, length) : nonresident_get(to, bytes, length);
}

static bool is_known(uint32_t type)
{
    return type % 0x10 == 0 && type >= NTFS_STANDARD_INFORMATION && type <= 0x100;
}

/* Type, then name; pieces of one attribute and names of one file follow each other. */
static bool in_order(const struct ntfs_parse *parse, const struct ntfs_piece *a,
                     const struct ntfs_piece *b)
{
    if (a->type != b->type)
        return a->type < b->type;
    int order = ntfs_parse_name_compare(parse, a->name, a->name_length, b->name, b->name_length);
    if (order != 0)
        return order < 0;
    return a->type == NTFS_FILE_NAME || (!a->resident && !b->resident && a->last + 1 == b->first);
}

static int piece_judge(struct ntfs_parse *parse, const struct ntfs_parsed_record *record,
                       const struct ntfs_piece *piece, struct error *err)
{
    if (!is_known(piece->type) &&
        ntfs_judge(parse->judge, NTFS_RULE_ATTRIBUTE_TYPE, err,
                   "record %" PRIu64 ": an attribute has the type 0x%" PRIx32 ", which is none",
                   record->number, piece->type) < 0)
        return -1;
    if (record->n_pieces > 0 && !in_order(parse, piece - 1, piece) &&
        ntfs_judge(parse->judge, NTFS_RULE_ATTRIBUTE_ORDER, err,
                   "record %" PRIu64 ": attribute 0x%" PRIx32
                   " is not in its place by type and name",
                   record->number, piece->type) < 0)
        return -1;
    for (size_t i = 0; i < record->n_pieces; i++) {
        if (record->pieces[i].number == piece->number)
            return ntfs_judge(parse->judge, NTFS_RULE_ATTRIBUTE_NUMBER, err,
                              "record %" PRIu64 ": two attributes have the number %u",
                              record->number, piece->number);
    }
    return 0;
}

static int pieces_grow(struct ntfs_parsed_record *record, struct error *err)
{
    if (record->n_pieces % PIECES_STEP != 0)
        return 0;
    struct ntfs_piece *grown =
        realloc(record->pieces, (record->n_pieces + PIECES_STEP) * sizeof(*grown));
    if (!grown)
        return error_no_memory(err);
    record->pieces = grown;
    return 0;
}

/* The attributes between at and end. 1; 0: judged. */
static int attributes_get(struct ntfs_parse *parse, struct ntfs_parsed_record *record, size_t at,
                          size_t end, struct error *err)
{
    for (;;) {
        struct ntfs_attribute_disk disk = {0};
        size_t rest = end - at;
        memcpy(&disk, record->bytes + at, rest < sizeof(disk) ? rest : sizeof(disk));
        if (rest >= sizeof(disk.type) && le32_get(disk.type) == NTFS_ATTRIBUTES_END)
            return 1;
        size_t length = le32_get(disk.length);
        if (rest < sizeof(disk) || length < sizeof(disk) || length % 8 != 0 || length > rest)
            return ntfs_judge(parse->judge, NTFS_RULE_ATTRIBUTE_LENGTH, err,
                              "record %" PRIu64 ": the attribute at byte %zu does not fit into it",
                              record->number, at);
        if (pieces_grow(record, err) < 0)
            return -1;
        struct ntfs_piece *piece = &record->pieces[record->n_pieces];
        if (!piece_get(piece, record->bytes + at, length))
            return ntfs_judge(parse->judge, NTFS_RULE_ATTRIBUTE_VALUE, err,
                              "record %" PRIu64 ": the name, value or mapping pairs of attribute "
                              "0x%" PRIx32 " lie outside of it",
                              record->number, piece->type);
        if (piece_judge(parse, record, piece, err) < 0)
            return -1;
        record->n_pieces++;
        at += length;
    }
}

/* ---- the record ---- */

static bool is_blank(const uint8_t *bytes)
{
    for (size_t i = 0; i < sizeof(struct ntfs_record_disk); i++) {
        if (bytes[i] != 0)
            return false;
    }
    return true;
}

/* The first records have sequences of their own. */
static bool sequence_fits(uint64_t number, uint16_t sequence)
{
    if (number < NTFS_RESERVED_END)
        return sequence == (number == NTFS_MFT ? 1 : number);
    return sequence != 0;
}

static int head_judge(struct ntfs_parse *parse, const struct ntfs_parsed_record *record,
                      const struct ntfs_record_disk *disk, struct error *err)
{
    bool numbered = le16_get(disk->fixups) >= offsetof(struct ntfs_record_disk, update_number);
    uint32_t said = le32_get(disk->number);
    if (numbered && said != (uint32_t)record->number &&
        ntfs_judge(parse->judge, NTFS_RULE_RECORD_NUMBER, err,
                   "record %" PRIu64 " says that it is record %" PRIu32, record->number, said) < 0)
        return -1;
    if (!sequence_fits(record->number, record->sequence) &&
        ntfs_judge(parse->judge, NTFS_RULE_RECORD_SEQUENCE, err,
                   "record %" PRIu64 " has the sequence %u, which it cannot have", record->number,
                   record->sequence) < 0)
        return -1;
    return 0;
}

static int record_get(struct ntfs_parse *parse, struct ntfs_parsed_record *record,
                      struct error *err)
{
    struct ntfs_record_disk disk;
    uint32_t size = parse->geometry.record_bytes;

    if (!ntfs_parse_fixups(record->bytes, size))
        return ntfs_judge(parse->judge, NTFS_RULE_RECORD_FIXUPS, err,
                          "record %" PRIu64 " was written in part (its update sequence)",
                          record->number);
    memcpy(&disk, record->bytes, sizeof(disk));
    record->base = le64_get(disk.base);
    record->sequence = le16_get(disk.sequence);
    record->links = le16_get(disk.links);
    size_t first = le16_get(disk.attributes), used = le32_get(disk.used);
    if (first % 8 != 0 || first < offsetof(struct ntfs_record_disk, number) || used > size ||
        used < first || used % 8 != 0 || le32_get(disk.size) != size)
        return ntfs_judge(parse->judge, NTFS_RULE_RECORD_HEADER, err,
                          "record %" PRIu64 ": its sizes do not fit each other", record->number);
    if (head_judge(parse, record, &disk, err) < 0)
        return -1;
    return attributes_get(parse, record, first, used, err);
}

int ntfs_parse_record_in(struct ntfs_parse *parse, uint64_t number, uint8_t *bytes,
                         struct ntfs_parsed_record *out, struct error *err)
{
    struct ntfs_record_disk disk;
    int status;

    memcpy(&disk, bytes, sizeof(disk));
    *out = (struct ntfs_parsed_record){
        .bytes = bytes, .number = number, .flags = le16_get(disk.flags)};
    if (is_blank(bytes))
        return 0;
    if (memcmp(disk.magic, "FILE", sizeof(disk.magic)) != 0)
        status = ntfs_judge(parse->judge, NTFS_RULE_RECORD_SIGNATURE, err,
                            "record %" PRIu64 " does not begin as one", number);
    else if (!(out->flags & NTFS_RECORD_IN_USE))
        return 0;
    else
        status = record_get(parse, out, err);
    out->broken = status == 0;
    return status;
}

int ntfs_parse_record(struct ntfs_parse *parse, uint64_t number, struct ntfs_parsed_record *out,
                      struct error *err)
{
    AUTO_FREE uint8_t *bytes = malloc(parse->geometry.record_bytes);
    *out = (struct ntfs_parsed_record){0};
    if (!bytes)
        return error_no_memory(err);
    if (ntfs_parse_record_bytes(parse, number, bytes, err) < 0)
        return -1;
    return ntfs_parse_record_in(parse, number, steal(&bytes), out, err);
}

void ntfs_parsed_record_free(struct ntfs_parsed_record *record)
{
    free(record->bytes);
    free(record->pieces);
    *record = (struct ntfs_parsed_record){0};
}
