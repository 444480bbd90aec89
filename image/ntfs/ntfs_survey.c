/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_survey.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/list.h"
#include "image/ntfs/ntfs_check.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_name_read.h"

enum {
    NAMESPACE_DOS = 2, /* a short name that stands beside the real one */
};

/* ---- one file ---- */

static int name_add(struct ntfs_survey *survey, uint32_t file, const struct ntfs_piece *piece,
                    struct error *err)
{
    struct ntfs_file_name name;
    if (!ntfs_file_name_get(&name, piece->value, piece->value_length))
        return error_set(err, ERROR_INTERNAL, "record %u has a name that was not checked", file);
    uint64_t parent = ntfs_reference_number(name.parent);
    if (name.namespace == NAMESPACE_DOS || parent == file)
        return 0;
    if (parent >= survey->n_records) {
        survey->n_lost++;
        return 0;
    }
    if (survey->n_names == TREE_NAMES_MAX)
        return error_set(err, ERROR_LIMIT, "more than %d names on one volume", TREE_NAMES_MAX);
    if (list_grow(&survey->names, survey->n_names, &survey->names_size, err) < 0)
        return -1;
    const uint8_t *units = arena_copy(&survey->arena, name.units, 2 * (size_t)name.length);
    if (!units)
        return error_no_memory(err);
    survey->names[survey->n_names++] = (struct ntfs_survey_name){
        .parent = (uint32_t)parent,
        .file = file,
        .sequence = ntfs_reference_sequence(name.parent),
        .length = name.length,
        .units = units,
    };
    return 0;
}

/* Which generation of Linux made a directory, if one did. */
static int directory_mark(struct ntfs_survey_record *record, struct ntfs_parse *parse,
                          const struct ntfs_file *file, struct error *err)
{
    AUTO_FREE uint8_t *eas = NULL;
    size_t n;
    int rc = ntfs_file_value(parse, file, NTFS_EA, NULL, NTFS_EA_BYTES_MAX, &eas, &n, err);
    enum ntfs_generation generation = rc > 0 ? ntfs_ea_generation(eas, n) : NTFS_NO_LINUX;

    if (generation != NTFS_NO_LINUX)
        record->flags |= generation == NTFS_LXFS ? NTFS_SURVEY_LXFS : NTFS_SURVEY_WSLFS;
    return rc < 0 ? -1 : 0;
}

static int survey_begin(struct ntfs_survey *survey, uint64_t n_records, struct error *err)
{
    if (n_records > NTFS_RECORDS_MAX)
        return error_set(err, ERROR_LIMIT,
                         "the master file table has %" PRIu64 " records; at most %d are read",
                         n_records, NTFS_RECORDS_MAX);
    survey->n_records = n_records;
    survey->records = calloc(n_records + 1, sizeof(*survey->records));
    return survey->records ? 0 : error_no_memory(err);
}

static int file_note(void *context, struct ntfs_parse *parse, const struct ntfs_file *file,
                     struct error *err)
{
    struct ntfs_survey *survey = context;
    const struct ntfs_parsed_record *base = &file->records[0];

    if (!survey->records && survey_begin(survey, parse->n_records, err) < 0)
        return -1;
    struct ntfs_survey_record *record = &survey->records[base->number];
    record->sequence = base->sequence;
    record->flags = NTFS_SURVEY_FILE;
    if (base->flags & NTFS_RECORD_DIRECTORY) {
        record->flags |= NTFS_SURVEY_DIRECTORY;
        if (directory_mark(record, parse, file, err) < 0)
            return -1;
    }
    for (size_t i = 0; i < file->n_attributes; i++) {
        const struct ntfs_piece *piece = file->attributes[i].piece;
        if (piece->type == NTFS_FILE_NAME &&
            name_add(survey, (uint32_t)base->number, piece, err) < 0)
            return -1;
    }
    return 0;
}

/* ---- all of them ---- */

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

int ntfs_survey(struct ntfs_survey *survey, struct ntfs_parse *parse, struct ntfs_judge *judge,
                struct blockdev *dev, struct error *err)
{
    const struct ntfs_visitor visitor = {.file = file_note, .context = survey};

    *survey = (struct ntfs_survey){0};
    if (ntfs_check_open(parse, judge, dev, &visitor, err) < 0)
        return -1;
    names_settle(survey);
    return reach(survey, err);
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
