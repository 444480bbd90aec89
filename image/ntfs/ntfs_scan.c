/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_scan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/list.h"
#include "image/ntfs/ntfs_carrier_table.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_inode_read.h"
#include "image/ntfs/ntfs_name_read.h"
#include "image/ntfs/ntfs_parse_file.h"
#include "image/tree_numbers.h"

enum {
    WANTED = 1 << 7, /* beside enum NTFS_SURVEY_*: it lies in the tree */
    CANCEL_EVERY = 1024,
};

/* A link of Windows with an absolute target: where that lies in the tree is known at the end. */
struct windows_link {
    struct tree_file *file;
    char *target;
};

struct scan {
    struct tree *tree;
    struct ntfs_parse *parse;
    struct ntfs_survey *survey;
    const struct ntfs_root *root;
    struct events *events;
    struct ntfs_counts *counts;
    struct tree_numbers files; /* by record */
    struct windows_link *links;
    size_t n_links, links_size;
    struct ntfs_carrier_table carriers;
    struct error *err;
};

/* ---- which files ---- */

/* What Windows keeps in the root of every volume for itself. */
static bool is_system(const struct ntfs_survey_name *name)
{
    char text[NTFS_NAME_TEXT_BYTES];
    if (name->parent != NTFS_ROOT)
        return false;
    if (name->file < NTFS_RESERVED_END)
        return true;
    ntfs_name_text_raw(name->units, name->length, text);
    return strcmp(text, "System Volume Information") == 0;
}

static void want(struct scan *scan, uint32_t number, uint32_t *queue, size_t *n)
{
    struct ntfs_survey_record *record = &scan->survey->records[number];
    if (record->flags & WANTED)
        return;
    record->flags |= WANTED;
    if (record->flags & NTFS_SURVEY_DIRECTORY)
        queue[(*n)++] = number;
}

/* Everything below the root, once each. */
static int files_want(struct scan *scan)
{
    uint32_t *queue = calloc(scan->survey->n_names + NTFS_BESIDE_MAX + 1, sizeof(*queue));
    size_t n = 0;

    if (!queue)
        return error_no_memory(scan->err);
    want(scan, scan->root->directory, queue, &n);
    for (size_t i = 0; i < scan->root->n_beside; i++)
        want(scan, scan->root->beside[i].directory, queue, &n);
    for (size_t i = 0; i < n; i++) {
        size_t n_names;
        const struct ntfs_survey_name *names = ntfs_survey_names(scan->survey, queue[i], &n_names);
        for (size_t k = 0; k < n_names; k++) {
            if (!is_system(&names[k]))
                want(scan, names[k].file, queue, &n);
        }
    }
    free(queue);
    return 0;
}

/* ---- files ---- */

static char *path_of(const struct scan *scan, uint64_t number)
{
    return ntfs_survey_path(scan->survey, scan->root->directory, (uint32_t)number);
}

/* A file that is not in the tree because only Windows could read it. */
static int loss_tell(struct scan *scan, uint64_t number, const struct ntfs_inode_facts *facts)
{
    AUTO_FREE char *path = path_of(scan, number);
    if (!path)
        return error_no_memory(scan->err);
    ntfs_tell_lost(scan->events, path, facts);
    return event_check(scan->events, scan->err);
}

static int counts_add(struct scan *scan, uint64_t number, const struct ntfs_inode_facts *facts)
{
    bool root = number == scan->root->directory;
    AUTO_FREE char *path = NULL;
    if (ntfs_counts_want(scan->counts, facts, root) && !(path = path_of(scan, number)))
        return error_no_memory(scan->err);
    return ntfs_counts_add(scan->counts, facts, root, path, scan->err);
}

static int link_add(struct scan *scan, struct tree_file *file, struct ntfs_inode_facts *facts)
{
    if (file->type != ENTRY_SYMLINK || file->target || !facts->reparse.target)
        return 0;
    if (list_grow(&scan->links, scan->n_links, &scan->links_size, scan->err) < 0)
        return -1;
    scan->links[scan->n_links++] =
        (struct windows_link){.file = file, .target = steal(&facts->reparse.target)};
    return 0;
}

static int file_note(struct scan *scan, const struct ntfs_file *from,
                     struct ntfs_inode_facts *facts)
{
    uint64_t number = from->records[0].number;
    struct tree_file *file = NULL;
    struct tree *tree = scan->tree;
    int rc = number == scan->root->directory
                 ? ntfs_inode_read_root(tree->root, facts, tree, scan->parse, from, scan->err)
                 : ntfs_inode_read(&file, facts, tree, scan->parse, from, scan->err);
    if (rc < 0)
        return -1;
    if (number == scan->root->directory)
        file = tree->root;
    if (!file)
        return loss_tell(scan, number, facts);
    if (ntfs_carrier_table_add(&scan->carriers, file, &facts->metadata.carrier, &facts->carried,
                               scan->err) < 0)
        return -1;
    if (counts_add(scan, number, facts) < 0 || link_add(scan, file, facts) < 0)
        return -1;
    return tree_numbers_add(&scan->files, file, scan->err);
}

static int files_scan(struct scan *scan)
{
    int rc = 0;
    for (uint64_t number = 0; rc >= 0 && number < scan->survey->n_records; number++) {
        struct ntfs_inode_facts facts = {0};
        struct ntfs_file file;
        if (!(scan->survey->records[number].flags & WANTED))
            continue;
        rc = ntfs_parse_file_at(scan->parse, number, &file, scan->err);
        if (rc > 0)
            rc = file_note(scan, &file, &facts);
        ntfs_inode_facts_free(&facts);
        ntfs_file_free(&file);
        if (rc >= 0 && number % CANCEL_EVERY == 0)
            rc = cancel_check(scan->err);
    }
    return rc < 0 ? -1 : 0;
}

/* ---- names ---- */

/* The file that a name leads to: one that was split is whole again. */
static struct tree_file *file_find(const struct scan *scan, uint32_t number)
{
    return tree_numbers_find(&scan->files, ntfs_carrier_table_whole(&scan->carriers, number));
}

static bool is_beside(const struct scan *scan, const struct tree_file *directory, const char *text)
{
    for (size_t i = 0; directory == scan->tree->root && i < scan->root->n_beside; i++) {
        if (strcmp(scan->root->beside[i].name, text) == 0)
            return true;
    }
    return false;
}

/* The directory and the name that something else stands for there. */
static int replaced_tell(struct scan *scan, const struct tree_file *directory, const char *text,
                         const char *why)
{
    AUTO_FREE char *parent = NULL;
    AUTO_FREE char *path = NULL;
    if (tree_path(directory, &parent, scan->err) < 0)
        return -1;
    if (asprintf(&path, "%s%s%s", parent, *parent ? "/" : "", text) < 0)
        return error_no_memory(scan->err);
    ntfs_tell_renamed(scan->events, path, why);
    return event_check(scan->events, scan->err);
}

static int name_note(struct scan *scan, struct tree_file *directory,
                     const struct ntfs_survey_name *name)
{
    char text[NTFS_NAME_TEXT_BYTES + NAME_BYTES_MAX]; /* and room for what tells it from others */
    bool whole;
    struct tree_file *file = file_find(scan, name->file);

    if (!file || is_system(name))
        return 0;
    size_t n = ntfs_name_text(name->units, name->length, scan->root->generation, text, &whole);
    if (is_beside(scan, directory, text))
        return 0; /* what lies beside the root stands before it */
    const char *kept =
        ntfs_carrier_table_name(&scan->carriers, name->file, name->units, name->length);
    if (kept)
        return tree_link(scan->tree, directory, kept, strlen(kept), file, scan->err);
    const char *why = ntfs_name_fit(text, &n, whole, name->file);
    if (why && replaced_tell(scan, directory, text, why) < 0)
        return -1;
    return tree_link(scan->tree, directory, text, n, file, scan->err);
}

static int directory_scan(void *context, struct tree_file *directory, UNUSED struct error *err)
{
    struct scan *scan = context;
    size_t n;
    const struct ntfs_survey_name *names = ntfs_survey_names(scan->survey, directory->number, &n);

    for (size_t i = 0; i < n; i++) {
        if (name_note(scan, directory, &names[i]) < 0)
            return -1;
    }
    return 0;
}

static int beside_link(struct scan *scan)
{
    for (size_t i = 0; i < scan->root->n_beside; i++) {
        const char *name = scan->root->beside[i].name;
        struct tree_file *file = file_find(scan, scan->root->beside[i].directory);
        if (file &&
            tree_link(scan->tree, scan->tree->root, name, strlen(name), file, scan->err) < 0)
            return -1;
    }
    return 0;
}

/* ---- links of Windows ---- */

/* The path in the tree of what a link of Windows means, if it lies there. */
static int target_find(struct scan *scan, const char *target, char **out)
{
    uint32_t number;
    AUTO_FREE char *path = NULL;
    const char *below = ntfs_reparse_on_drive(target);
    bool found = below && ntfs_survey_find(scan->survey, NTFS_ROOT, below, &number);
    const struct tree_file *file = found ? file_find(scan, number) : NULL;

    *out = NULL;
    if (!file || (file != scan->tree->root && !file->name))
        return 0;
    if (tree_path(file, &path, scan->err) < 0)
        return -1;
    if (asprintf(out, "/%s", path) < 0)
        return error_no_memory(scan->err);
    return 0;
}

static int link_resolve(struct scan *scan, const struct windows_link *link)
{
    AUTO_FREE char *target = NULL;
    AUTO_FREE char *path = NULL;
    if (tree_path(link->file, &path, scan->err) < 0 || target_find(scan, link->target, &target) < 0)
        return -1;
    if (!target) {
        target = ntfs_reparse_drive_path(link->target);
        if (!target)
            return error_no_memory(scan->err);
        ntfs_tell_outside(scan->events, path, link->target, target);
    }
    size_t n = strnlen(target, TARGET_BYTES_MAX);
    link->file->size = n;
    link->file->target = arena_copy(&scan->tree->arena, target, n);
    if (!link->file->target)
        return error_no_memory(scan->err);
    return event_check(scan->events, scan->err);
}

/* ---- all of it ---- */

int ntfs_scan(struct tree *tree, struct ntfs_parse *parse, struct ntfs_survey *survey,
              const struct ntfs_root *root, struct events *events, struct ntfs_counts *counts,
              struct error *err)
{
    struct scan scan = {
        .tree = tree,
        .parse = parse,
        .survey = survey,
        .root = root,
        .events = events,
        .counts = counts,
        .err = err,
    };
    int rc = files_want(&scan);
    if (rc == 0)
        rc = files_scan(&scan);
    if (rc == 0)
        rc = beside_link(&scan);
    if (rc == 0)
        rc = tree_numbers_link(&scan.files, tree, directory_scan, &scan, err);
    for (size_t i = 0; i < scan.n_links; i++) {
        if (rc == 0 && scan.links[i].file->name)
            rc = link_resolve(&scan, &scan.links[i]);
        free(scan.links[i].target);
    }
    ntfs_carrier_table_free(&scan.carriers);
    tree_numbers_free(&scan.files);
    free(scan.links);
    return rc;
}
