/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_parse_file.h"

#include <inttypes.h>
#include <string.h>

#include "core/attributes.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_parse.h"

bool ntfs_piece_is(const struct ntfs_piece *piece, uint32_t type, const char *name)
{
    size_t n = name ? strlen(name) : 0;
    if (piece->type != type || piece->name_length != n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (piece->name[2 * i] != (uint8_t)name[i] || piece->name[2 * i + 1] != 0)
            return false;
    }
    return true;
}

static bool same_name(const struct ntfs_piece *a, const struct ntfs_piece *b)
{
    return a->name_length == b->name_length &&
           memcmp(a->name, b->name, 2 * (size_t)a->name_length) == 0;
}

struct ntfs_whole *ntfs_file_find(const struct ntfs_file *file, uint32_t type, const char *name)
{
    for (size_t i = 0; i < file->n_attributes; i++) {
        if (ntfs_piece_is(file->attributes[i].piece, type, name))
            return &file->attributes[i];
    }
    return NULL;
}

struct ntfs_whole *ntfs_file_beside(const struct ntfs_file *file, uint32_t type,
                                    const struct ntfs_piece *beside)
{
    for (size_t i = 0; i < file->n_attributes; i++) {
        const struct ntfs_piece *piece = file->attributes[i].piece;
        if (piece->type == type && same_name(piece, beside))
            return &file->attributes[i];
    }
    return NULL;
}

/* ---- attributes, put together ---- */

/* A piece from a record, as the first or a further one of an attribute. 1; 0: judged. */
static int piece_add(struct ntfs_parse *parse, struct ntfs_file *file,
                     const struct ntfs_piece *piece, struct error *err)
{
    struct ntfs_whole *last =
        file->n_attributes > 0 ? &file->attributes[file->n_attributes - 1] : NULL;
    bool goes_on = !piece->resident && piece->first > 0 && last &&
                   last->piece->type == piece->type && same_name(last->piece, piece);
    if (!goes_on) {
        struct ntfs_whole *grown =
            realloc(file->attributes, (file->n_attributes + 1) * sizeof(*grown));
        if (!grown)
            return error_no_memory(err);
        file->attributes = grown;
        last = &grown[file->n_attributes++];
        *last = (struct ntfs_whole){.piece = piece};
        last->stream.size = piece->resident ? piece->value_length : piece->size;
        last->stream.initialized = piece->initialized;
        last->stream.allocated = piece->allocated;
        last->stream.packed = piece->packed;
        if (piece->resident) {
            last->stream.value = piece->value;
            return 1;
        }
    }
    const char *why;
    int status = ntfs_stream_add(&last->stream, parse, piece->pairs, piece->pairs_bytes,
                                 piece->first, piece->last, &why, err);
    if (status == 0)
        return ntfs_judge(parse->judge, NTFS_RULE_RUNS_INVALID, err,
                          "record %" PRIu64 ": attribute 0x%" PRIx32 ": %s",
                          file->records[0].number, piece->type, why);
    return status;
}

static int sizes_judge(struct ntfs_parse *parse, const struct ntfs_file *file,
                       const struct ntfs_whole *whole, struct error *err)
{
    const struct ntfs_stream *stream = &whole->stream;
    uint32_t cluster_bytes = parse->geometry.cluster_bytes;
    if (whole->piece->resident)
        return 1;
    if (stream->allocated / cluster_bytes == stream->clusters &&
        stream->allocated % cluster_bytes == 0 && stream->size <= stream->allocated &&
        stream->initialized <= stream->size &&
        (whole->piece->flags == 0 || stream->packed == stream->stored * cluster_bytes))
        return 1;
    return ntfs_judge(parse->judge, NTFS_RULE_ATTRIBUTE_SIZES, err,
                      "record %" PRIu64 ": the sizes of attribute 0x%" PRIx32
                      " do not fit its clusters and each other",
                      file->records[0].number, whole->piece->type);
}

static int sizes_check(struct ntfs_parse *parse, const struct ntfs_file *file, struct error *err)
{
    int status = 1;
    for (size_t i = 0; i < file->n_attributes; i++) {
        int sound = sizes_judge(parse, file, &file->attributes[i], err);
        if (sound < 0)
            return -1;
        if (sound == 0)
            status = 0;
    }
    return status;
}

/* ---- attribute lists ---- */

static int list_broken(struct ntfs_parse *parse, const struct ntfs_file *file, struct error *err,
                       const char *why)
{
    return ntfs_judge(parse->judge, NTFS_RULE_LIST_ENTRY, err,
                      "record %" PRIu64 ": its attribute list %s", file->records[0].number, why);
}

/* The record that a list names, read when it is named first. 1, 0, negative. */
static int extension_get(struct ntfs_parse *parse, struct ntfs_file *file, uint64_t reference,
                         struct ntfs_parsed_record **out, struct error *err)
{
    uint64_t number = ntfs_reference_number(reference);
    const struct ntfs_parsed_record *base = &file->records[0];

    for (size_t i = 0; i < file->n_records; i++) {
        *out = &file->records[i];
        if ((*out)->number == number)
            return (*out)->sequence == ntfs_reference_sequence(reference)
                       ? 1
                       : list_broken(parse, file, err, "leads to a record that is another by now");
    }
    if (number >= parse->n_records)
        return list_broken(parse, file, err, "leads beyond the master file table");
    struct ntfs_parsed_record *grown =
        realloc(file->records, (file->n_records + 1) * sizeof(*grown));
    if (!grown)
        return error_no_memory(err);
    file->records = grown;
    base = &grown[0];
    *out = &grown[file->n_records++];
    /* It was or will be judged as a record of its own. */
    bool silent = parse->judge->silent;
    parse->judge->silent = true;
    int status = ntfs_parse_record(parse, number, *out, err);
    parse->judge->silent = silent;
    if (status < 0)
        return -1;
    if (status == 0 || (*out)->sequence != ntfs_reference_sequence(reference) ||
        ntfs_reference_number((*out)->base) != base->number || (*out)->base == 0 ||
        ntfs_reference_sequence((*out)->base) != base->sequence)
        return list_broken(parse, file, err, "leads to a record that does not belong to it");
    return 1;
}

/* An entry, in host form. */
struct list_entry {
    uint32_t type;
    uint8_t name_length;
    const uint8_t *name;
    uint64_t first;
    uint64_t record;
    uint16_t number;
    size_t length;
};

static bool entry_get(struct list_entry *to, const uint8_t *bytes, size_t rest)
{
    struct ntfs_list_entry_disk disk;
    if (rest < sizeof(disk))
        return false;
    memcpy(&disk, bytes, sizeof(disk));
    *to = (struct list_entry){
        .type = le32_get(disk.type),
        .name_length = disk.name_length,
        .name = bytes + disk.name_offset,
        .first = le64_get(disk.first),
        .record = le64_get(disk.record),
        .number = le16_get(disk.number),
        .length = le16_get(disk.length),
    };
    return to->length >= sizeof(disk) && to->length % 8 == 0 && to->length <= rest &&
           (disk.name_length == 0 || disk.name_offset + 2 * (size_t)disk.name_length <= to->length);
}

static int entry_order(struct ntfs_parse *parse, const struct list_entry *a,
                       const struct list_entry *b)
{
    if (a->type != b->type)
        return a->type < b->type ? -1 : 1;
    int order = ntfs_parse_name_compare(parse, a->name, a->name_length, b->name, b->name_length);
    if (order != 0 || a->first == b->first)
        return order;
    return a->first < b->first ? -1 : 1;
}

static struct ntfs_piece *entry_piece(struct ntfs_parsed_record *record,
                                      const struct list_entry *entry)
{
    for (size_t i = 0; i < record->n_pieces; i++) {
        struct ntfs_piece *piece = &record->pieces[i];
        if (piece->number == entry->number && piece->type == entry->type && !piece->listed &&
            (piece->resident ? 0 : piece->first) == entry->first &&
            piece->name_length == entry->name_length &&
            memcmp(piece->name, entry->name, 2 * (size_t)entry->name_length) == 0)
            return piece;
    }
    return NULL;
}

/* What the list has, in its order, which is that of the attributes. */
static int list_follow(struct ntfs_parse *parse, struct ntfs_file *file, const uint8_t *list,
                       size_t n, struct error *err)
{
    struct list_entry entry, before = {0};
    struct ntfs_parsed_record *record = NULL;
    int status;

    for (size_t at = 0; at < n; at += entry.length) {
        if (!entry_get(&entry, list + at, n - at))
            return list_broken(parse, file, err, "has an entry that does not fit into it");
        if (entry_order(parse, &before, &entry) > 0 &&
            ntfs_judge(parse->judge, NTFS_RULE_LIST_ORDER, err,
                       "record %" PRIu64 ": its attribute list is not in order",
                       file->records[0].number) < 0)
            return -1;
        before = entry;
        status = extension_get(parse, file, entry.record, &record, err);
        if (status <= 0)
            return status;
        struct ntfs_piece *piece = entry_piece(record, &entry);
        if (!piece)
            return list_broken(parse, file, err, "has an entry without its attribute");
        piece->listed = true;
        status = piece_add(parse, file, piece, err);
        if (status <= 0)
            return status;
    }
    return 1;
}

static int unlisted_judge(struct ntfs_parse *parse, const struct ntfs_file *file, struct error *err)
{
    for (size_t i = 0; i < file->n_records; i++) {
        for (size_t j = 0; j < file->records[i].n_pieces; j++) {
            const struct ntfs_piece *piece = &file->records[i].pieces[j];
            if (!piece->listed && piece->type != NTFS_ATTRIBUTE_LIST)
                return ntfs_judge(parse->judge, NTFS_RULE_LIST_MISSING, err,
                                  "record %" PRIu64 ": attribute 0x%" PRIx32 " of record %" PRIu64
                                  " is not in its attribute list",
                                  file->records[0].number, piece->type, file->records[i].number);
        }
    }
    return 1;
}

static int list_use(struct ntfs_parse *parse, struct ntfs_file *file,
                    const struct ntfs_piece *piece, struct error *err)
{
    AUTO_FREE uint8_t *list = NULL;
    /* Read as the only attribute of a file, then taken out again. */
    int status = piece_add(parse, file, piece, err);
    if (status <= 0)
        return status;
    status = sizes_check(parse, file, err);
    if (status <= 0)
        return status;
    struct ntfs_whole whole = file->attributes[0];
    if (whole.stream.size > NTFS_LIST_BYTES_MAX)
        return list_broken(parse, file, err, "is too long");
    if (ntfs_stream_load(parse, &whole.stream, &list, err) < 0)
        return -1;
    status = list_follow(parse, file, list, (size_t)whole.stream.size, err);
    return status <= 0 ? status : unlisted_judge(parse, file, err);
}

/* ---- the file ---- */

int ntfs_parse_file(struct ntfs_parse *parse, struct ntfs_parsed_record *base,
                    struct ntfs_file *out, struct error *err)
{
    *out = (struct ntfs_file){.records = malloc(sizeof(*out->records))};
    if (!out->records) {
        ntfs_parsed_record_free(base);
        return error_no_memory(err);
    }
    out->records[0] = *base;
    out->n_records = 1;
    *base = (struct ntfs_parsed_record){0};

    const struct ntfs_parsed_record *record = &out->records[0];
    for (size_t i = 0; i < record->n_pieces; i++) {
        if (record->pieces[i].type != NTFS_ATTRIBUTE_LIST)
            continue;
        int status = list_use(parse, out, &record->pieces[i], err);
        return status <= 0 ? status : sizes_check(parse, out, err);
    }
    for (size_t i = 0; i < record->n_pieces; i++) {
        int status = piece_add(parse, out, &record->pieces[i], err);
        if (status <= 0)
            return status;
    }
    return sizes_check(parse, out, err);
}

int ntfs_parse_file_at(struct ntfs_parse *parse, uint64_t number, struct ntfs_file *out,
                       struct error *err)
{
    struct ntfs_parsed_record record;
    *out = (struct ntfs_file){0};
    if (number >= parse->n_records)
        return 0;
    int status = ntfs_parse_record(parse, number, &record, err);
    if (status > 0 && record.base == 0)
        return ntfs_parse_file(parse, &record, out, err);
    ntfs_parsed_record_free(&record);
    return status < 0 ? -1 : 0;
}

void ntfs_file_free(struct ntfs_file *file)
{
    for (size_t i = 0; i < file->n_attributes; i++)
        ntfs_stream_free(&file->attributes[i].stream);
    free(file->attributes);
    for (size_t i = 0; i < file->n_records; i++)
        ntfs_parsed_record_free(&file->records[i]);
    free(file->records);
    *file = (struct ntfs_file){0};
}

/* ---- what attributes hold ---- */

int ntfs_file_value(struct ntfs_parse *parse, const struct ntfs_file *file, uint32_t type,
                    const char *name, size_t max, uint8_t **out, size_t *n, struct error *err)
{
    const struct ntfs_whole *whole = ntfs_file_find(file, type, name);
    if (!whole)
        return 0;
    if (whole->stream.size > max)
        return error_set(err, ERROR_DAMAGED,
                         "record %" PRIu64 ": attribute 0x%" PRIx32
                         " is larger than it can be; let Windows repair the volume (chkdsk /f)",
                         file->records[0].number, type);
    *n = (size_t)whole->stream.size;
    return ntfs_stream_load(parse, &whole->stream, out, err) < 0 ? -1 : 1;
}

bool ntfs_file_name_get(struct ntfs_file_name *out, const uint8_t *bytes, size_t n)
{
    struct ntfs_file_name_disk disk;
    if (n < sizeof(disk))
        return false;
    memcpy(&disk, bytes, sizeof(disk));
    *out = (struct ntfs_file_name){
        .parent = le64_get(disk.parent),
        .times = {le64_get(disk.times.created), le64_get(disk.times.modified),
                  le64_get(disk.times.changed), le64_get(disk.times.accessed)},
        .allocated = le64_get(disk.allocated),
        .size = le64_get(disk.size),
        .attributes = le32_get(disk.attributes),
        .extra = le32_get(disk.extra),
        .length = disk.length,
        .namespace = disk.namespace,
        .units = bytes + sizeof(disk),
    };
    return n >= sizeof(disk) + 2 * (size_t)disk.length;
}
