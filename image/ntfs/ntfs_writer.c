/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_writer.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/list.h"
#include "image/ntfs/ntfs_directory.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_inode.h"
#include "image/ntfs/ntfs_spread.h"
#include "image/ntfs/ntfs_values.h"

/* ---- numbers and names ---- */

/* What is written can be read, too. */
static int records_check(const struct ntfs_writer *writer, struct error *err)
{
    if (writer->n_records <= NTFS_RECORDS_MAX)
        return 0;
    return error_set(
        err, ERROR_LIMIT,
        "the tree takes %u records of a volume, of which there are at most %d; leave a "
        "part of it out (--exclude)",
        writer->n_records, NTFS_RECORDS_MAX);
}

static int files_number(struct ntfs_writer *writer, struct error *err)
{
    writer->n_records = NTFS_USER_FIRST + ntfs_above_records(&writer->above);
    for (struct tree_file *file = writer->tree.root; file; file = file->next) {
        if (file->links > 0)
            file->number = writer->n_records++;
    }
    writer->inodes = calloc(writer->n_records - NTFS_USER_FIRST, sizeof(*writer->inodes));
    return writer->inodes ? records_check(writer, err) : error_no_memory(err);
}

static int names_order(const void *a, const void *b)
{
    const struct tree_name *x = *(const struct tree_name *const *)a;
    const struct tree_name *y = *(const struct tree_name *const *)b;
    return x->file->number < y->file->number ? -1 : x->file->number > y->file->number;
}

/* All names of files that have several. */
static int names_gather(struct ntfs_writer *writer, struct error *err)
{
    size_t n = 0;
    for (struct tree_file *file = writer->tree.root; file; file = file->next)
        n += file->links > 1 && file->type != ENTRY_DIRECTORY ? file->links : 0;
    writer->names = calloc(n + 1, sizeof(struct tree_name *));
    if (!writer->names)
        return error_no_memory(err);
    for (struct tree_file *file = writer->tree.root; file; file = file->next) {
        if (file->type != ENTRY_DIRECTORY || file->links == 0)
            continue;
        for (struct tree_name *name = file->directory->first; name; name = name->sibling) {
            const struct tree_file *target = name->file;
            if (target && target->links > 1 && target->type != ENTRY_DIRECTORY &&
                writer->n_names < n)
                writer->names[writer->n_names++] = name;
        }
    }
    qsort(writer->names, writer->n_names, sizeof(struct tree_name *), names_order);
    return 0;
}

/* What was written of files that were replaced after that. They came in the order of their
 * clusters. */
static int lost_gather(struct ntfs_writer *writer, struct error *err)
{
    for (const struct tree_file *file = writer->tree.root; file; file = file->next) {
        const struct ntfs_stored *content = file->type == ENTRY_FILE ? file->content : NULL;
        const struct ntfs_runs *runs = file->links == 0 && content ? content->runs : NULL;
        for (size_t i = 0; runs && i < runs->n; i++) {
            if (runs->list[i].cluster != NTFS_HOLE &&
                ntfs_runs_add(&writer->lost, runs->list[i].cluster, runs->list[i].length, err) < 0)
                return -1;
        }
    }
    return 0;
}

/* ---- files that were one ---- */

int ntfs_writer_part(struct ntfs_writer *writer, const struct tree_file *first,
                     const struct tree_file *file, struct error *err)
{
    if (list_grow(&writer->part_files, writer->n_part_files, &writer->part_files_size, err) < 0)
        return -1;
    writer->part_files[writer->n_part_files++] = (struct ntfs_part_file){file, first};
    return 0;
}

static int parts_order(const void *a, const void *b)
{
    const struct ntfs_part_file *x = a, *y = b;
    uint32_t n = x->file->number, m = y->file->number;
    return n < m ? -1 : n > m;
}

/* The number that all parts of what was one file share: the first one's; 0: it is whole. */
static uint32_t part_of(const struct ntfs_writer *writer, const struct tree_file *file)
{
    const struct ntfs_part_file key = {.file = file};
    if (writer->n_part_files == 0)
        return 0;
    const struct ntfs_part_file *found =
        bsearch(&key, writer->part_files, writer->n_part_files, sizeof(key), parts_order);
    return found ? found->first->number : 0;
}

/* ---- the file at hand ---- */

int ntfs_writer_turn(struct ntfs_writer *writer, const struct tree_file *file, struct error *err)
{
    struct ntfs_carrier_input input = {
        .file = file,
        .mode = ntfs_mode(file),
        .links = part_of(writer, file),
        .eas = &writer->eas,
    };
    ntfs_eas_make(&writer->eas, file, input.mode);
    writer->carrier_apart = false;
    if (writer->no_carrier)
        return 0;
    ntfs_writer_names(writer, file, &input.names, &input.n_names);
    if (ntfs_carrier_make(&writer->carrier, &input, err) < 0)
        return -1;
    if (writer->carrier.n > 0)
        writer->carrier_apart =
            !ntfs_eas_carry(&writer->eas, writer->carrier.bytes, writer->carrier.n);
    return 0;
}

int ntfs_writer_number(struct ntfs_writer *writer, struct error *err)
{
    if (files_number(writer, err) < 0 || names_gather(writer, err) < 0)
        return -1;
    if (writer->n_part_files > 0)
        qsort(writer->part_files, writer->n_part_files, sizeof(*writer->part_files), parts_order);
    return lost_gather(writer, err);
}

void ntfs_writer_names(const struct ntfs_writer *writer, const struct tree_file *file,
                       const struct tree_name *const **list, size_t *n)
{
    if (file->links <= 1 || file->type == ENTRY_DIRECTORY) {
        *list = (const struct tree_name *const *)&file->name;
        *n = file->name != NULL;
        return;
    }
    size_t low = 0, high = writer->n_names;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (writer->names[middle]->file->number < file->number)
            low = middle + 1;
        else
            high = middle;
    }
    *list = writer->names + low;
    *n = file->links;
}

/* ---- places ---- */

int ntfs_writer_outside(struct ntfs_writer *writer, const void *value, size_t n,
                        const struct ntfs_runs **out, struct error *err)
{
    struct ntfs_runs *runs;
    uint64_t clusters = ntfs_clusters_for(n);
    AUTO_FREE uint8_t *bytes = calloc(clusters, NTFS_CLUSTER_BYTES);

    if (!bytes)
        return error_no_memory(err);
    memcpy(bytes, value, n);
    uint64_t cluster = ntfs_volume_take(&writer->volume, clusters);
    if (ntfs_volume_write(&writer->volume, bytes, cluster, clusters, err) < 0 ||
        ntfs_runs_one(&writer->tree.arena, cluster, clusters, &runs, err) < 0)
        return -1;
    *out = runs;
    return 0;
}

int ntfs_writer_place(struct ntfs_writer *writer, struct error *err)
{
    for (struct tree_file *file = writer->tree.root; file; file = file->next) {
        if (file->links > 0 && (cancel_check(err) < 0 || ntfs_inode_place(writer, file, err) < 0))
            return -1;
    }
    for (struct tree_file *file = writer->tree.root; file; file = file->next) {
        if (file->links > 0 && file->type == ENTRY_DIRECTORY &&
            ntfs_directory_write(writer, file, err) < 0)
            return -1;
    }
    for (struct tree_file *file = writer->tree.root; file; file = file->next) {
        if (file->links > 0 && ntfs_spread(writer, file, err) < 0)
            return -1;
    }
    return records_check(writer, err);
}

void ntfs_writer_free(struct ntfs_writer *writer)
{
    free(writer->upcase);
    free(writer->inodes);
    free(writer->names);
    free(writer->early);
    free(writer->part_files);
    ntfs_carrier_free(&writer->carrier);
    ntfs_runs_free(&writer->lost);
    tree_free(&writer->tree);
}
