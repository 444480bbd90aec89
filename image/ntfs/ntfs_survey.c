/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_survey.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/cancel.h"
#include "image/ntfs/ntfs_attributes.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_name_read.h"
#include "image/ntfs/ntfs_record_read.h"

enum {
    NAMESPACE_DOS = 2, /* a short name that stands beside the real one */
    LIST_SIZE_MIN = 256,
    CANCEL_EVERY = 1024, /* records */
};

static const uint64_t record_mask = (UINT64_C(1) << 48) - 1; /* of a reference */

/* ---- one record ---- */

static int name_add(struct ntfs_survey *survey, uint32_t file,
                    const struct ntfs_attribute_view *attribute, struct error *err)
{
    struct ntfs_file_name_disk disk;
    if (!attribute->resident || attribute->value_length < sizeof(disk))
        return error_set(err, ERROR_DAMAGED, "the name in record %u does not fit its form", file);
    memcpy(&disk, attribute->value, sizeof(disk));
    uint64_t parent = le64_get(disk.parent) & record_mask;
    if (disk.length == 0 || sizeof(disk) + 2 * (size_t)disk.length > attribute->value_length)
        return error_set(err, ERROR_DAMAGED, "the name in record %u does not fit its form", file);
    if (disk.namespace == NAMESPACE_DOS || parent == file)
        return 0;
    if (parent >= survey->n_records) {
        survey->n_lost++;
        return 0;
    }
    if (survey->n_names == TREE_NAMES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d names on one volume", TREE_NAMES_MAX);
    if (survey->n_names == survey->names_size) {
        size_t size = survey->names_size ? survey->names_size * 2 : LIST_SIZE_MIN;
        struct ntfs_survey_name *names = reallocarray(survey->names, size, sizeof(*names));
        if (!names)
            return error_no_memory(err);
        survey->names = names;
        survey->names_size = size;
    }
    const uint8_t *units =
        arena_copy(&survey->arena, attribute->value + sizeof(disk), 2 * (size_t)disk.length);
    if (!units)
        return error_no_memory(err);
    survey->names[survey->n_names++] = (struct ntfs_survey_name){
        .parent = (uint32_t)parent,
        .file = file,
        .sequence = (uint16_t)(le64_get(disk.parent) >> 48),
        .length = disk.length,
        .units = units,
    };
    return 0;
}

static int extension_add(struct ntfs_records *table, uint64_t base, uint32_t number,
                         struct error *err)
{
    if (table->n_extensions == table->extensions_size) {
        size_t size = table->extensions_size ? table->extensions_size * 2 : LIST_SIZE_MIN;
        struct ntfs_extension *list = reallocarray(table->extensions, size, sizeof(*list));
        if (!list)
            return error_no_memory(err);
        table->extensions = list;
        table->extensions_size = size;
    }
    table->extensions[table->n_extensions++] =
        (struct ntfs_extension){.base = (uint32_t)base, .number = number};
    return 0;
}

/* An extension's names are its file's; that the file knows of it is found out later. */
static int record_note(struct ntfs_survey *survey, struct ntfs_records *table,
                       const struct ntfs_record_view *record, struct error *err)
{
    struct ntfs_attribute_view attribute = {0};
    uint32_t number = (uint32_t)record->number;
    uint64_t file = record->base ? record->base & record_mask : number;

    if (file >= survey->n_records)
        return 0;
    if (record->base && extension_add(table, file, number, err) < 0)
        return -1;
    if (!record->base) {
        survey->records[number].sequence = record->sequence;
        survey->records[number].flags =
            NTFS_SURVEY_FILE | (record->flags & NTFS_RECORD_DIRECTORY ? NTFS_SURVEY_DIRECTORY : 0);
    }
    while (ntfs_record_next(record, &attribute)) {
        if (attribute.type == NTFS_FILE_NAME &&
            name_add(survey, (uint32_t)file, &attribute, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- all of them ---- */

static int records_scan(struct ntfs_survey *survey, struct ntfs_records *table, struct error *err)
{
    uint32_t size = table->shape.record_bytes;
    AUTO_FREE uint8_t *bytes = malloc(size);
    struct ntfs_record_view record;
    int rc = bytes ? 0 : error_no_memory(err);

    for (uint64_t number = 0; rc >= 0 && number < survey->n_records; number++) {
        rc = ntfs_records_read(table, number, bytes, err);
        if (rc == 0)
            rc = ntfs_record_read(&record, bytes, size, number, err);
        if (rc > 0)
            rc = record_note(survey, table, &record, err);
        if (rc >= 0 && number % CANCEL_EVERY == 0)
            rc = cancel_check(err);
    }
    return rc;
}

static int extension_order(const void *a, const void *b)
{
    const struct ntfs_extension *x = a, *y = b;
    if (x->base != y->base)
        return x->base < y->base ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int name_order(const void *a, const void *b)
{
    const struct ntfs_survey_name *x = a, *y = b;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    return x->file < y->file ? -1 : x->file > y->file;
}

/* Leaves names out that lead from nowhere or to nothing. */
static void names_settle(struct ntfs_survey *survey)
{
    size_t kept = 0;
    for (size_t i = 0; i < survey->n_names; i++) {
        const struct ntfs_survey_name *name = &survey->names[i];
        const struct ntfs_survey_record *parent = &survey->records[name->parent];
        if (!(survey->records[name->file].flags & NTFS_SURVEY_FILE))
            continue;
        if (parent->flags & NTFS_SURVEY_DIRECTORY && parent->sequence == name->sequence)
            survey->names[kept++] = *name;
        else
            survey->n_lost++;
    }
    survey->n_names = kept;
    if (kept > 0)
        qsort(survey->names, kept, sizeof(*survey->names), name_order);
    for (size_t i = 0; i < kept; i++)
        survey->records[survey->names[i].file].name = (uint32_t)i + 1;
}

/* Counts what the root does not lead to: directories can lie in each other, and in nothing else. */
static int reach(struct ntfs_survey *survey, struct error *err)
{
    uint32_t *queue = calloc(survey->n_names + 1, sizeof(*queue));
    size_t n = 0;

    if (!queue)
        return error_no_memory(err);
    queue[n++] = NTFS_ROOT;
    for (size_t i = 0; i < n; i++) {
        size_t n_names;
        const struct ntfs_survey_name *names = ntfs_survey_names(survey, queue[i], &n_names);
        for (size_t k = 0; k < n_names; k++) {
            struct ntfs_survey_record *record = &survey->records[names[k].file];
            if (!(record->flags & NTFS_SURVEY_REACHED) && record->flags & NTFS_SURVEY_DIRECTORY)
                queue[n++] = names[k].file;
            record->flags |= NTFS_SURVEY_REACHED;
        }
    }
    free(queue);
    for (uint64_t number = NTFS_QUOTA; number < survey->n_records; number++)
        survey->n_lost += (survey->records[number].flags &
                           (NTFS_SURVEY_FILE | NTFS_SURVEY_REACHED)) == NTFS_SURVEY_FILE;
    return 0;
}

static int directories_mark(struct ntfs_survey *survey, struct ntfs_records *table,
                            struct error *err)
{
    struct ntfs_attributes attributes = {.table = table};
    int rc = 0;

    for (uint64_t number = 0; rc >= 0 && number < survey->n_records; number++) {
        struct ntfs_survey_record *record = &survey->records[number];
        AUTO_FREE uint8_t *eas = NULL;
        size_t n;
        if (!(record->flags & NTFS_SURVEY_DIRECTORY))
            continue;
        rc = ntfs_attributes_load(&attributes, number, true, err);
        if (rc > 0)
            rc = ntfs_attributes_value(&attributes, NTFS_EA, NTFS_EA_BYTES_MAX, &eas, &n, err);
        if (rc > 0) {
            enum ntfs_generation generation = ntfs_ea_generation(eas, n);
            if (generation != NTFS_NO_LINUX)
                record->flags |= generation == NTFS_LXFS ? NTFS_SURVEY_LXFS : NTFS_SURVEY_WSLFS;
        }
    }
    ntfs_attributes_free(&attributes);
    return rc < 0 ? -1 : 0;
}

int ntfs_survey(struct ntfs_survey *survey, struct ntfs_records *table, struct error *err)
{
    *survey = (struct ntfs_survey){.n_records = table->shape.n_records};
    survey->records = calloc(survey->n_records + 1, sizeof(*survey->records));
    if (!survey->records)
        return error_no_memory(err);
    if (records_scan(survey, table, err) < 0)
        return -1;
    if (table->n_extensions > 0)
        qsort(table->extensions, table->n_extensions, sizeof(*table->extensions), extension_order);
    names_settle(survey);
    return reach(survey, err) < 0 ? -1 : directories_mark(survey, table, err);
}

void ntfs_survey_free(struct ntfs_survey *survey)
{
    arena_free(&survey->arena);
    free(survey->records);
    free(survey->names);
    *survey = (struct ntfs_survey){0};
}

/* ---- asking ---- */

const struct ntfs_survey_name *ntfs_survey_names(const struct ntfs_survey *survey, uint32_t parent,
                                                 size_t *n)
{
    size_t low = 0, high = survey->n_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (survey->names[middle].parent < parent)
            low = middle + 1;
        else
            high = middle;
    }
    for (*n = 0; low + *n < survey->n_names && survey->names[low + *n].parent == parent;)
        ++*n;
    return survey->names + low;
}

/* The file with a name in a directory; false where there is none, or a choice. */
static bool child_find(const struct ntfs_survey *survey, uint32_t parent, const char *text,
                       size_t n, uint32_t *out)
{
    char name[NTFS_NAME_TEXT_BYTES];
    size_t n_names, alike = 0;
    const struct ntfs_survey_name *names = ntfs_survey_names(survey, parent, &n_names);

    for (size_t i = 0; i < n_names; i++) {
        size_t length = ntfs_name_text_raw(names[i].units, names[i].length, name);
        if (length != n || strncasecmp(name, text, n) != 0)
            continue;
        *out = names[i].file;
        if (memcmp(name, text, n) == 0)
            return true;
        alike++;
    }
    return alike == 1;
}

bool ntfs_survey_find(const struct ntfs_survey *survey, uint32_t from, const char *path,
                      uint32_t *out)
{
    *out = from;
    while (*path) {
        size_t n = strcspn(path, "/\\");
        if (n > 0 && !(n == 1 && path[0] == '.') && !child_find(survey, *out, path, n, out))
            return false;
        path += n + (path[n] != '\0');
    }
    return true;
}

char *ntfs_survey_path(const struct ntfs_survey *survey, uint32_t from, uint32_t file)
{
    char name[NTFS_NAME_TEXT_BYTES];
    char *path = strdup("");
    for (int depth = 0; path && file != from && depth < TREE_DEPTH_MAX; depth++) {
        uint32_t index = survey->records[file].name;
        if (index == 0)
            break;
        const struct ntfs_survey_name *at = &survey->names[index - 1];
        ntfs_name_text_raw(at->units, at->length, name);
        char *longer = NULL;
        if (asprintf(&longer, "%s%s%s", name, *path ? "/" : "", path) < 0)
            longer = NULL;
        free(path);
        path = longer;
        file = at->parent;
    }
    return path;
}
