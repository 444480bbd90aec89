/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One record of the master file table, and the file that begins in it. */
#include <inttypes.h>
#include <string.h>

#include "image/ntfs/ntfs_check_state.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_runs.h"

enum {
    STANDARD_SHORT_BYTES = 48, /* before NTFS 3.0; has no security id */
    NAMESPACE_MAX = 3,
};

/* ---- details ---- */

static int standard_get(struct ntfs_check *check, const struct ntfs_file *file,
                        struct ntfs_facts *facts, struct error *err)
{
    struct ntfs_standard_information_disk disk = {0};
    const struct ntfs_whole *whole = ntfs_file_find(file, NTFS_STANDARD_INFORMATION, NULL);
    uint64_t number = file->records[0].number;

    if (!whole)
        return ntfs_judge(&check->judge, NTFS_RULE_ATTRIBUTE_MISSING, err,
                          "record %" PRIu64 " has no STANDARD_INFORMATION", number);
    const struct ntfs_piece *piece = whole->piece;
    if (!piece->resident ||
        (piece->value_length != STANDARD_SHORT_BYTES && piece->value_length != sizeof(disk)))
        return ntfs_judge(&check->judge, NTFS_RULE_ATTRIBUTE_VALUE, err,
                          "record %" PRIu64 ": its STANDARD_INFORMATION is none", number);
    memcpy(&disk, piece->value, piece->value_length);
    facts->attributes = le32_get(disk.attributes);
    facts->security = le32_get(disk.security);
    facts->times[0] = le64_get(disk.times.created);
    facts->times[1] = le64_get(disk.times.modified);
    facts->times[2] = le64_get(disk.times.changed);
    facts->times[3] = le64_get(disk.times.accessed);
    if (le32_get(disk.version) & NTFS_CASE_SENSITIVE)
        facts->is |= NTFS_HAS_CASE;
    return 0;
}

static void data_get(const struct ntfs_file *file, struct ntfs_facts *facts)
{
    const struct ntfs_whole *data = ntfs_file_find(file, NTFS_DATA, NULL);
    if (!data || facts->is & NTFS_IS_DIRECTORY)
        return;
    facts->size = data->stream.size;
    if (data->piece->resident)
        facts->allocated = (facts->size + 7) / 8 * 8;
    else
        facts->allocated = data->piece->flags ? data->stream.packed : data->stream.allocated;
}

/* ---- names ---- */

static bool is_illegal(unsigned unit)
{
    return unit < ' ' || (unit < 0x80 && strchr("\"*:<>?\\|", (int)unit));
}

static int name_judge(struct ntfs_check *check, const struct ntfs_file_name *name, uint64_t record,
                      struct error *err)
{
    bool illegal = false;
    bool invalid = name->length == 0 || name->namespace > NAMESPACE_MAX;
    for (size_t i = 0; i < name->length; i++) {
        unsigned unit = name->units[2 * i] | (unsigned)name->units[2 * i + 1] << 8;
        if (unit == 0 || unit == '/')
            invalid = true;
        else
            illegal |= is_illegal(unit);
    }
    if (invalid)
        return ntfs_judge(&check->judge, NTFS_RULE_NAME_INVALID, err,
                          "record %" PRIu64 " has a name that is none", record);
    if (illegal)
        return ntfs_judge(
            &check->judge, NTFS_RULE_NAME_ILLEGAL, err,
            "record %" PRIu64 " has a name with characters that Windows does not allow", record);
    return 0;
}

static int name_use(struct ntfs_check *check, const struct ntfs_piece *piece, uint64_t record,
                    struct ntfs_facts *facts, bool first, struct error *err)
{
    struct ntfs_file_name name;
    if (!piece->resident || !ntfs_file_name_get(&name, piece->value, piece->value_length))
        return ntfs_judge(&check->judge, NTFS_RULE_NAME_INVALID, err,
                          "record %" PRIu64 " has a FILE_NAME that is none", record);
    if (first)
        facts->parent = name.parent;
    if (name.namespace != NTFS_NAMESPACE_POSIX)
        facts->is |= NTFS_HAS_WIN32_NAME;
    struct ntfs_check_name item = {
        .hash = ntfs_check_hash(&name, name.parent, record),
        .parent = name.parent,
        .record = record,
    };
    if (name_judge(check, &name, record, err) < 0 ||
        ntfs_list_add(&check->names, &item, sizeof(item), err) < 0)
        return -1;
    return ntfs_check_copies(check, facts, &name, record, false, err);
}

static int names_use(struct ntfs_check *check, const struct ntfs_file *file,
                     struct ntfs_facts *facts, struct error *err)
{
    const struct ntfs_parsed_record *record = &file->records[0];
    unsigned n = 0;

    for (size_t i = 0; i < file->n_attributes; i++) {
        const struct ntfs_piece *piece = file->attributes[i].piece;
        if (piece->type == NTFS_FILE_NAME &&
            name_use(check, piece, record->number, facts, n++ == 0, err) < 0)
            return -1;
    }
    if (n == 0 && record->number >= NTFS_QUOTA &&
        ntfs_judge(&check->judge, NTFS_RULE_ATTRIBUTE_MISSING, err,
                   "record %" PRIu64 " has no FILE_NAME", record->number) < 0)
        return -1;
    if (n != record->links && n > 0 &&
        ntfs_judge(&check->judge, NTFS_RULE_LINK_COUNT, err,
                   "record %" PRIu64 " has %u names and counts %u", record->number, n,
                   record->links) < 0)
        return -1;
    if (n > NTFS_LINKS_MAX)
        return ntfs_judge(&check->judge, NTFS_RULE_LINKS_MANY, err,
                          "record %" PRIu64 " has %u names; Windows makes at most %d",
                          record->number, n, NTFS_LINKS_MAX);
    return 0;
}

/* ---- places ---- */

static int claims_add(struct ntfs_check *check, const struct ntfs_file *file, struct error *err)
{
    for (size_t i = 0; i < file->n_attributes; i++) {
        const struct ntfs_stream *stream = &file->attributes[i].stream;
        for (size_t j = 0; j < stream->n_places; j++) {
            struct ntfs_claim claim = {
                .cluster = stream->places[j].cluster,
                .length = stream->places[j].length,
                .record = file->records[0].number,
            };
            if (claim.cluster != NTFS_HOLE &&
                ntfs_list_add(&check->claims, &claim, sizeof(claim), err) < 0)
                return -1;
        }
    }
    return 0;
}

/* Records that extend this one; they may come before it in the table. */
static int extensions_claim(struct ntfs_check *check, const struct ntfs_file *file,
                            struct error *err)
{
    struct ntfs_facts *facts;
    for (size_t i = 1; i < file->n_records; i++) {
        if (ntfs_facts_add(check, file->records[i].number, &facts, err) < 0)
            return -1;
        facts->is |= NTFS_IS_CLAIMED;
    }
    return 0;
}

static bool has_type(const struct ntfs_file *file, uint32_t type)
{
    for (size_t i = 0; i < file->n_attributes; i++) {
        if (file->attributes[i].piece->type == type)
            return true;
    }
    return false;
}

static int parts_judge(struct ntfs_check *check, const struct ntfs_file *file,
                       struct ntfs_facts *facts, struct error *err)
{
    if (has_type(file, NTFS_INDEX_ROOT))
        facts->is |= NTFS_HAS_INDEX;
    if (has_type(file, NTFS_SECURITY_DESCRIPTOR))
        facts->is |= NTFS_HAS_DESCRIPTOR;
    bool directory = facts->is & NTFS_IS_DIRECTORY;
    bool missing = directory ? !ntfs_file_find(file, NTFS_INDEX_ROOT, "$I30")
                             : !has_type(file, NTFS_DATA) && !has_type(file, NTFS_INDEX_ROOT);
    if (missing)
        return ntfs_judge(&check->judge, NTFS_RULE_ATTRIBUTE_MISSING, err,
                          "record %" PRIu64 " has no %s", file->records[0].number,
                          directory ? "index" : "data");
    return 0;
}

/* A file whose records are all sound. */
static int file_use(struct ntfs_check *check, const struct ntfs_file *file,
                    struct ntfs_facts *facts, struct error *err)
{
    uint32_t tag = 0;
    if (standard_get(check, file, facts, err) < 0)
        return -1;
    data_get(file, facts);
    if (parts_judge(check, file, facts, err) < 0 || claims_add(check, file, err) < 0 ||
        extensions_claim(check, file, err) < 0 ||
        ntfs_check_reparse_point(check, file, &tag, err) < 0 ||
        ntfs_check_eas(check, file, tag, facts, err) < 0)
        return -1;
    if (tag != 0)
        facts->extra = tag;
    if (names_use(check, file, facts, err) < 0)
        return -1;
    const struct ntfs_visitor *visitor = check->visitor;
    return visitor ? visitor->file(visitor->context, &check->parse, file, err) : 0;
}

int ntfs_check_record(struct ntfs_check *check, uint64_t number, struct error *err)
{
    struct ntfs_parsed_record record;
    struct ntfs_file file = {0};
    struct ntfs_facts *facts = NULL;

    int status = ntfs_parse_record(&check->parse, number, &record, err);
    if (status > 0 || (status == 0 && record.broken)) {
        if (ntfs_facts_add(check, number, &facts, err) < 0) {
            status = -1;
        } else {
            facts->sequence = record.sequence;
            facts->is |= record.flags & NTFS_RECORD_DIRECTORY ? NTFS_IS_DIRECTORY : 0;
            facts->is |= record.base != 0 ? NTFS_IS_EXTENSION : 0;
            if (number < NTFS_QUOTA || record.flags & NTFS_RECORD_EXTEND)
                facts->is |= NTFS_IS_SYSTEM;
        }
    }
    if (status > 0 && record.base == 0) {
        status = ntfs_parse_file(&check->parse, &record, &file, err);
        if (status > 0)
            status = file_use(check, &file, facts, err) < 0 ? -1 : 1;
    }
    if (status == 0 && facts) {
        facts->is |= NTFS_IS_BROKEN;
        check->is_broken = true;
    }
    ntfs_parsed_record_free(&record);
    ntfs_file_free(&file);
    return status < 0 ? -1 : 0;
}
