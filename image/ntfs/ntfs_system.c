/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_system.h"

#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_directory.h"
#include "image/ntfs/ntfs_security.h"
#include "image/ntfs/ntfs_table.h"

enum {
    RECORDS_STEP = 64, /* Windows makes the table longer by as many */
    VIEW_ROOM = 600,   /* of a view's record, for one index */
};

/* ---- the table of system files ---- */

const struct ntfs_system_file ntfs_system_files[NTFS_SYSTEM_FILES] = {
    {NTFS_MFT, "$MFT", NTFS_ROOT, 0, 0},
    {NTFS_MFT_MIRROR, "$MFTMirr", NTFS_ROOT, 0, 0},
    {NTFS_LOG_FILE, "$LogFile", NTFS_ROOT, 0, 0},
    {NTFS_VOLUME, "$Volume", NTFS_ROOT, 0, 0},
    {NTFS_ATTRIBUTE_DEFINITIONS, "$AttrDef", NTFS_ROOT, 0, 0},
    {NTFS_ROOT, ".", NTFS_ROOT, NTFS_RECORD_DIRECTORY, NTFS_FILE_DIRECTORY},
    {NTFS_BITMAP, "$Bitmap", NTFS_ROOT, 0, 0},
    {NTFS_BOOT, "$Boot", NTFS_ROOT, 0, 0},
    {NTFS_BAD_CLUSTERS, "$BadClus", NTFS_ROOT, 0, 0},
    {NTFS_SECURE, "$Secure", NTFS_ROOT, NTFS_RECORD_VIEW, NTFS_FILE_VIEW},
    {NTFS_UPCASE, "$UpCase", NTFS_ROOT, 0, 0},
    {NTFS_EXTEND, "$Extend", NTFS_ROOT, NTFS_RECORD_DIRECTORY, NTFS_FILE_DIRECTORY},
    {NTFS_QUOTA, "$Quota", NTFS_EXTEND, NTFS_RECORD_VIEW | NTFS_RECORD_EXTEND,
     NTFS_FILE_VIEW | NTFS_FILE_ARCHIVE},
    {NTFS_OBJECT_IDS, "$ObjId", NTFS_EXTEND, NTFS_RECORD_VIEW | NTFS_RECORD_EXTEND,
     NTFS_FILE_VIEW | NTFS_FILE_ARCHIVE},
    {NTFS_REPARSE, "$Reparse", NTFS_EXTEND, NTFS_RECORD_VIEW | NTFS_RECORD_EXTEND,
     NTFS_FILE_VIEW | NTFS_FILE_ARCHIVE},
};

const struct ntfs_system_file *ntfs_system_file(uint64_t number)
{
    for (size_t i = 0; i < NTFS_SYSTEM_FILES; i++) {
        if (ntfs_system_files[i].number == number)
            return &ntfs_system_files[i];
    }
    return NULL;
}

uint16_t ntfs_system_sequence(uint64_t number)
{
    if (number == NTFS_MFT || number >= NTFS_RESERVED_END)
        return 1;
    return (uint16_t)number;
}

struct ntfs_times_disk ntfs_system_times(const struct ntfs_system *self)
{
    return ntfs_times_now(&self->writer->volume);
}

size_t ntfs_system_file_name(const struct ntfs_system *self, const struct ntfs_system_file *file,
                             uint8_t to[NTFS_FILE_NAME_BYTES_MAX])
{
    const struct ntfs_runs *runs = self->runs[file->number];
    size_t n = strlen(file->name);
    struct ntfs_file_name_disk head = {
        .parent = le64_put(ntfs_reference(file->parent, ntfs_system_sequence(file->parent))),
        .times = ntfs_system_times(self),
        .allocated = le64_put(runs ? runs->clusters * NTFS_CLUSTER_BYTES : 0),
        .size = le64_put(self->sizes[file->number]),
        .attributes = le32_put(file->attributes | NTFS_FILE_HIDDEN | NTFS_FILE_SYSTEM),
        .length = (uint8_t)n,
        .namespace = NTFS_NAMESPACE_WIN32_DOS,
    };
    memcpy(to, &head, sizeof(head));
    for (size_t i = 0; i < n; i++) {
        struct le16 unit = le16_put((uint16_t)file->name[i]);
        memcpy(to + sizeof(head) + 2 * i, &unit, sizeof(unit));
    }
    return sizeof(head) + 2 * n;
}

/* ---- planning ---- */

static int data_at(struct ntfs_system *self, unsigned number, uint64_t cluster, uint64_t bytes,
                   struct error *err)
{
    self->sizes[number] = bytes;
    return ntfs_runs_one(&self->writer->tree.arena, cluster, ntfs_clusters_for(bytes),
                         &self->runs[number], err);
}

static int data_plan(struct ntfs_system *self, struct error *err)
{
    struct ntfs_volume *volume = &self->writer->volume;
    struct arena *arena = &self->writer->tree.arena;
    uint64_t bitmap = ntfs_bitmap_bytes(volume->clusters);

    self->n_records = (self->writer->n_records + RECORDS_STEP - 1) / RECORDS_STEP * RECORDS_STEP;
    self->mft_clusters = self->n_records / NTFS_RECORDS_PER_CLUSTER;
    self->mft = ntfs_volume_take(volume, self->mft_clusters);
    self->mft_bitmap_bytes = ntfs_bitmap_bytes(self->n_records);
    self->bad_bytes = volume->clusters * NTFS_CLUSTER_BYTES;
    uint64_t mft_bitmap = ntfs_clusters_for(self->mft_bitmap_bytes);
    if (ntfs_runs_one(arena, ntfs_volume_take(volume, mft_bitmap), mft_bitmap, &self->mft_bitmap,
                      err) < 0 ||
        ntfs_runs_one(arena, NTFS_HOLE, volume->clusters, &self->bad, err) < 0 ||
        ntfs_runs_one(arena, volume->security, volume->security_clusters, &self->security, err) < 0)
        return -1;
    if (data_at(self, NTFS_MFT, self->mft, self->n_records * NTFS_RECORD_BYTES, err) < 0 ||
        data_at(self, NTFS_MFT_MIRROR, volume->mft_mirror, NTFS_CLUSTER_BYTES, err) < 0 ||
        data_at(self, NTFS_LOG_FILE, volume->log, volume->log_clusters * NTFS_CLUSTER_BYTES, err) <
            0 ||
        data_at(self, NTFS_ATTRIBUTE_DEFINITIONS, volume->definitions, NTFS_DEFINITIONS_BYTES,
                err) < 0 ||
        data_at(self, NTFS_BOOT, 0, NTFS_BOOT_BYTES, err) < 0 ||
        data_at(self, NTFS_UPCASE, volume->upcase, NTFS_UPCASE_CLUSTERS * NTFS_CLUSTER_BYTES, err) <
            0)
        return -1;
    return data_at(self, NTFS_BITMAP, ntfs_volume_take(volume, ntfs_clusters_for(bitmap)), bitmap,
                   err);
}

/* An entry of a directory of system files, and what puts it in order. */
struct system_entry {
    struct ntfs_name name;
    uint8_t bytes[NTFS_ENTRY_BYTES_MAX];
    size_t length;
};

static int entry_order(const void *a, const void *b, void *upcase)
{
    const struct system_entry *x = a, *y = b;
    return ntfs_name_compare(x->name.units, x->name.length, y->name.units, y->name.length, upcase);
}

static void entry_make(struct system_entry *entry, const char *name, uint64_t reference,
                       const uint8_t *file_name, size_t n)
{
    ntfs_name_make(&entry->name, name, strlen(name));
    entry->length = ntfs_directory_entry(entry->bytes, reference, file_name, n);
}

/* A directory of system files: those in parent, and in the volume's root the tree. */
static int directory_plan(struct ntfs_system *self, unsigned parent, struct ntfs_index_made *out,
                          struct error *err)
{
    struct ntfs_writer *writer = self->writer;
    struct system_entry entries[NTFS_SYSTEM_FILES + 1];
    uint8_t value[NTFS_FILE_NAME_BYTES_MAX];
    struct ntfs_index index;
    size_t n = 0;

    for (size_t i = 0; i < NTFS_SYSTEM_FILES; i++) {
        const struct ntfs_system_file *file = &ntfs_system_files[i];
        if (file->parent == parent)
            entry_make(&entries[n++], file->name,
                       ntfs_reference(file->number, ntfs_system_sequence(file->number)), value,
                       ntfs_system_file_name(self, file, value));
    }
    if (parent == NTFS_ROOT) {
        entries[n].name = writer->above.names[0];
        entries[n].length = ntfs_above_entry(writer, entries[n].bytes);
        n++;
    }
    qsort_r(entries, n, sizeof(entries[0]), entry_order, writer->upcase);
    ntfs_index_begin(&index, &writer->volume);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = ntfs_index_add(&index, entries[i].bytes, entries[i].length, err);
    if (rc == 0)
        rc = ntfs_index_finish(&index, NTFS_FILE_NAME, NTFS_COLLATION_NAME, VIEW_ROOM,
                               &writer->tree.arena, out, err);
    ntfs_index_free(&index);
    return rc;
}

/* An index of a few entries of one length, which are in order. */
static int view_plan(struct ntfs_system *self, const uint8_t *entries, size_t stride, size_t length,
                     size_t n, enum ntfs_collation collation, struct ntfs_index_made *out,
                     struct error *err)
{
    struct ntfs_index index;
    int rc = 0;
    ntfs_index_begin(&index, &self->writer->volume);
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = ntfs_index_add(&index, entries + i * stride, length, err);
    if (rc == 0)
        rc =
            ntfs_index_finish(&index, 0, collation, VIEW_ROOM, &self->writer->tree.arena, out, err);
    ntfs_index_free(&index);
    return rc;
}

static int views_plan(struct ntfs_system *self, struct error *err)
{
    uint8_t by_id[NTFS_SECURITY_COUNT][NTFS_SECURITY_ENTRY_BYTES];
    uint8_t by_hash[NTFS_SECURITY_COUNT][NTFS_SECURITY_ENTRY_BYTES];
    uint8_t quotas[NTFS_QUOTA_BYTES_MAX], owner[NTFS_OWNER_BYTES];
    size_t by_id_bytes, by_hash_bytes;
    struct ntfs_index index;

    self->security_bytes =
        ntfs_security_make(self->security_stream, by_id, &by_id_bytes, by_hash, &by_hash_bytes);
    if (view_plan(self, by_id[0], sizeof(by_id[0]), by_id_bytes, NTFS_SECURITY_COUNT,
                  NTFS_COLLATION_U32, &self->by_id, err) < 0 ||
        view_plan(self, by_hash[0], sizeof(by_hash[0]), by_hash_bytes, NTFS_SECURITY_COUNT,
                  NTFS_COLLATION_SECURITY_HASH, &self->by_hash, err) < 0)
        return -1;
    ntfs_owner_entry(owner);
    if (view_plan(self, owner, sizeof(owner), sizeof(owner), 1, NTFS_COLLATION_SID, &self->owners,
                  err) < 0 ||
        view_plan(self, NULL, 0, 0, 0, NTFS_COLLATION_U32S, &self->object_ids, err) < 0)
        return -1;

    ntfs_index_begin(&index, &self->writer->volume);
    int rc = 0;
    for (unsigned i = 0; i < NTFS_QUOTA_COUNT && rc == 0; i++) {
        size_t n = ntfs_quota_entry(quotas, i, ntfs_system_times(self).created);
        rc = ntfs_index_add(&index, quotas, n, err);
    }
    if (rc == 0)
        rc = ntfs_index_finish(&index, 0, NTFS_COLLATION_U32, VIEW_ROOM, &self->writer->tree.arena,
                               &self->quotas, err);
    ntfs_index_free(&index);
    return rc < 0 ? -1 : ntfs_reparse_index_write(self->writer, VIEW_ROOM, &self->reparse, err);
}

int ntfs_system_plan(struct ntfs_system **out, struct ntfs_writer *writer, struct error *err)
{
    struct ntfs_system *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->writer = writer;
    *out = self;
    if (data_plan(self, err) < 0 || views_plan(self, err) < 0 || ntfs_above_plan(writer, err) < 0 ||
        directory_plan(self, NTFS_EXTEND, &self->extend, err) < 0)
        return -1;
    return directory_plan(self, NTFS_ROOT, &self->root, err);
}

void ntfs_system_free(struct ntfs_system *self)
{
    free(self);
}
