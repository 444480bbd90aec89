/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_above.h"

#include <string.h>
#include <strings.h>

#include "image/ntfs/ntfs_directory.h"
#include "image/ntfs/ntfs_parts.h"
#include "image/ntfs/ntfs_security.h"
#include "image/ntfs/ntfs_values.h"

enum {
    INDEX_HEAD_BYTES = 32, /* of INDEX_ROOT, before its value */
};

/* ---- the path ---- */

static int refuse(const char *path, const char *why, struct error *err)
{
    return error_set(err, ERROR_USAGE, "%.200s is no place for a tree on the volume: %s", path,
                     why);
}

static int name_add(struct ntfs_above *above, const char *path, const char *text, size_t n,
                    struct error *err)
{
    if (above->n == NTFS_ABOVE_MAX)
        return refuse(path, "it has more than 32 names", err);
    if (n > NAME_BYTES_MAX || strspn(text, ".") >= n)
        return refuse(path, "its names must be neither . nor .. nor longer than 255 bytes", err);
    if (!ntfs_name_make(&above->names[above->n], text, n))
        return refuse(path, "its names must be UTF-8", err);
    if (above->n == 0 &&
        (text[0] == '$' || (n == strlen("System Volume Information") &&
                            strncasecmp(text, "System Volume Information", n) == 0)))
        return refuse(path, "its first name is one of those that Windows keeps for itself", err);
    above->n++;
    return 0;
}

int ntfs_above_parse(struct ntfs_above *above, const char *path, struct error *err)
{
    static const char separators[] = "/\\";
    const char *at = path + strspn(path, separators);

    above->n = 0;
    while (*at) {
        size_t n = strcspn(at, separators);
        if (name_add(above, path, at, n, err) < 0)
            return -1;
        at += n;
        at += strspn(at, separators);
    }
    return above->n > 0 ? 0
                        : refuse(path, "the volume's own files lie there; name a directory", err);
}

/* ---- directories without Linux ---- */

static uint64_t reference_of(const struct ntfs_writer *writer, size_t i)
{
    uint64_t number = i + 1 == writer->above.n ? writer->tree.root->number : NTFS_USER_FIRST + i;
    return ntfs_reference(number, NTFS_USER_SEQUENCE);
}

static uint64_t parent_of(const struct ntfs_writer *writer, size_t i)
{
    return i == 0 ? ntfs_reference(NTFS_ROOT, NTFS_ROOT) : reference_of(writer, i - 1);
}

/* The value of FILE_NAME. */
static size_t file_name_put(const struct ntfs_writer *writer, size_t i,
                            uint8_t to[NTFS_FILE_NAME_BYTES_MAX])
{
    if (i + 1 == writer->above.n)
        return ntfs_file_name_put(writer, writer->tree.root, NULL, to);
    const struct ntfs_file_name_disk head = {
        .parent = le64_put(parent_of(writer, i)),
        .times = ntfs_times_now(&writer->volume),
        .attributes = le32_put(NTFS_FILE_DIRECTORY),
    };
    return ntfs_file_name_finish(&head, &writer->above.names[i], to);
}

uint64_t ntfs_above_parent(const struct ntfs_writer *writer)
{
    return parent_of(writer, writer->above.n - 1);
}

static size_t entry_put(const struct ntfs_writer *writer, size_t i,
                        uint8_t to[NTFS_ENTRY_BYTES_MAX])
{
    uint8_t value[NTFS_FILE_NAME_BYTES_MAX];
    size_t n = file_name_put(writer, i, value);
    return ntfs_directory_entry(to, reference_of(writer, i), value, n);
}

size_t ntfs_above_entry(const struct ntfs_writer *writer, uint8_t to[NTFS_ENTRY_BYTES_MAX])
{
    return entry_put(writer, 0, to);
}

/* What a record has beside the index. */
struct above_record {
    struct ntfs_standard_information_disk information;
    uint8_t name[NTFS_FILE_NAME_BYTES_MAX];
    struct ntfs_attribute attributes[2];
};

static void record_describe(const struct ntfs_writer *writer, size_t i, struct above_record *to)
{
    to->information = (struct ntfs_standard_information_disk){
        .times = ntfs_times_now(&writer->volume),
        .security = le32_put(NTFS_SECURITY_DIRECTORY),
    };
    to->attributes[0] = (struct ntfs_attribute){
        .type = NTFS_STANDARD_INFORMATION,
        .value = &to->information,
        .size = sizeof(to->information),
    };
    to->attributes[1] = (struct ntfs_attribute){
        .type = NTFS_FILE_NAME,
        .value = to->name,
        .size = file_name_put(writer, i, to->name),
        .indexed = true,
    };
}

static int index_make(struct ntfs_writer *writer, size_t i, struct error *err)
{
    struct above_record record;
    struct ntfs_index index;
    uint8_t entry[NTFS_ENTRY_BYTES_MAX];
    size_t room = NTFS_RECORD_ROOM - INDEX_HEAD_BYTES;

    record_describe(writer, i, &record);
    for (size_t k = 0; k < array_length(record.attributes); k++)
        room -= ntfs_attribute_bytes(&record.attributes[k], SIZE_MAX);
    ntfs_index_begin(&index, &writer->volume);
    int rc = ntfs_index_add(&index, entry, entry_put(writer, i + 1, entry), err);
    if (rc == 0)
        rc = ntfs_index_finish(&index, NTFS_FILE_NAME, NTFS_COLLATION_NAME, room,
                               &writer->tree.arena, &writer->above.indexes[i], err);
    ntfs_index_free(&index);
    return rc;
}

int ntfs_above_plan(struct ntfs_writer *writer, struct error *err)
{
    for (size_t i = 0; i < ntfs_above_records(&writer->above); i++) {
        if (index_make(writer, i, err) < 0)
            return -1;
    }
    return 0;
}

int ntfs_above_record(const struct ntfs_writer *writer, size_t i, struct ntfs_record *record,
                      struct error *err)
{
    struct above_record what;
    struct ntfs_attribute index[NTFS_INDEX_ATTRIBUTES];
    size_t n = ntfs_parts_index(&writer->above.indexes[i], index);
    bool fits = true;
    uint16_t number;

    record_describe(writer, i, &what);
    ntfs_record_begin(record, (uint32_t)(NTFS_USER_FIRST + i), NTFS_USER_SEQUENCE,
                      NTFS_RECORD_IN_USE | NTFS_RECORD_DIRECTORY, 0);
    for (size_t k = 0; k < array_length(what.attributes); k++)
        fits = fits && ntfs_record_add(record, &what.attributes[k], &number);
    for (size_t k = 0; k < n; k++)
        fits = fits && ntfs_record_add(record, &index[k], &number);
    if (!fits)
        return error_set(err, ERROR_INTERNAL, "the record of directory %zu overflows", i);
    ntfs_record_finish(record, 1);
    return 0;
}
