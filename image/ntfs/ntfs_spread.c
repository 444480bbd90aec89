/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_spread.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "image/ntfs/ntfs_inode.h"
#include "image/ntfs/ntfs_parts.h"

enum {
    LIST_SIZE_MIN = 4096,
    LIST_ATTRIBUTE_BYTES = 80, /* of ATTRIBUTE_LIST, outside and in one run, at most */
    FIRST_NUMBER = 2,          /* behind STANDARD_INFORMATION and the list */
};

/* The list of a file's attributes, with the record that each lies in. */
struct list {
    uint8_t *bytes;
    size_t n, size;
};

struct spread {
    struct ntfs_writer *writer;
    const struct tree_file *file;
    struct ntfs_parts parts;
    bool *stays; /* by part: begins in the first record */
    struct ntfs_record first, extension;
    bool extended; /* extension has begun */
    struct list list;
};

static void spread_free(struct spread *self)
{
    ntfs_parts_free(&self->parts);
    free(self->stays);
    free(self->list.bytes);
}

#define AUTO_SPREAD CLEANUP(spread_free)

static int early_add(struct ntfs_writer *writer, const struct ntfs_record *record,
                     struct error *err)
{
    if (list_grow(&writer->early, writer->n_early, &writer->early_size, err) < 0)
        return -1;
    struct ntfs_early_record *kept = arena_alloc(&writer->tree.arena, sizeof(*kept));
    if (!kept)
        return error_no_memory(err);
    kept->number = record->number;
    memcpy(kept->bytes, record->bytes, sizeof(kept->bytes));
    writer->early[writer->n_early++] = kept;
    return 0;
}

/* ---- the list ---- */

static int list_full(const struct spread *self, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (tree_path(self->file, &path, err) < 0)
        return -1;
    return error_set(err, ERROR_LIMIT,
                     "%.200s: its data lies in so many pieces with holes between that the list of "
                     "them takes more than the %d KiB that NTFS has for one; fill its holes",
                     path, NTFS_LIST_BYTES_MAX >> 10);
}

static int list_add(struct spread *self, const struct ntfs_attribute *attribute,
                    uint64_t first_cluster, const struct ntfs_record *record, uint16_t number,
                    struct error *err)
{
    struct list *list = &self->list;
    size_t name = attribute->name ? strlen(attribute->name) : 0;
    size_t bytes = (sizeof(struct ntfs_list_entry_disk) + 2 * name + 7) / 8 * 8;
    struct ntfs_list_entry_disk entry = {
        .type = le32_put(attribute->type),
        .length = le16_put((uint16_t)bytes),
        .name_length = (uint8_t)name,
        .name_offset = sizeof(entry),
        .first = le64_put(first_cluster),
        .record = le64_put(ntfs_reference(record->number, record->sequence)),
        .number = le16_put(number),
    };

    if (list->n + bytes > NTFS_LIST_BYTES_MAX)
        return list_full(self, err);
    if (list->n + bytes > list->size) {
        size_t size = list->size ? list->size * 2 : LIST_SIZE_MIN;
        uint8_t *grown = realloc(list->bytes, size);
        if (!grown)
            return error_no_memory(err);
        list->bytes = grown;
        list->size = size;
    }
    memset(list->bytes + list->n, 0, bytes);
    memcpy(list->bytes + list->n, &entry, sizeof(entry));
    for (size_t i = 0; i < name; i++)
        list->bytes[list->n + sizeof(entry) + 2 * i] = (uint8_t)attribute->name[i];
    list->n += bytes;
    return 0;
}

/* ---- records ---- */

static int extension_finish(struct spread *self, struct error *err)
{
    if (!self->extended)
        return 0;
    self->extended = false;
    ntfs_record_finish(&self->extension, 0);
    return early_add(self->writer, &self->extension, err);
}

static void extension_begin(struct spread *self)
{
    ntfs_record_begin(&self->extension, self->writer->n_records++, NTFS_USER_SEQUENCE,
                      NTFS_RECORD_IN_USE, ntfs_reference(self->file->number, NTFS_USER_SEQUENCE));
    self->extended = true;
}

/* The attribute, or as many of its runs as fit, into a record; 0 where there is no room. */
static int piece_add(struct spread *self, struct ntfs_record *record,
                     struct ntfs_attribute *attribute, struct error *err)
{
    uint64_t first = attribute->first_cluster;
    uint16_t number;
    if (!ntfs_record_add(record, attribute, &number))
        return 0;
    return list_add(self, attribute, first, record, number, err) < 0 ? -1 : 1;
}

static int part_put(struct spread *self, size_t i, struct error *err)
{
    struct ntfs_attribute *attribute = &self->parts.list[i];
    int rc = self->stays[i] ? piece_add(self, &self->first, attribute, err) : 0;

    while (rc == 0 || (rc > 0 && attribute->runs && attribute->first_run < attribute->runs->n)) {
        if (!self->extended)
            extension_begin(self);
        rc = piece_add(self, &self->extension, attribute, err);
        if (rc == 0 && extension_finish(self, err) < 0)
            return -1;
    }
    return rc < 0 ? -1 : 0;
}

/* The content, or the root of the index, begins in the first record in any case; then, in order,
 * whatever has room there. */
static void stays_choose(struct spread *self)
{
    const struct ntfs_parts *parts = &self->parts;
    size_t room = ntfs_record_room(&self->first);

    for (size_t i = 1; i < parts->n; i++) {
        uint32_t type = parts->list[i].type;
        bool content = type == NTFS_DATA && !parts->list[i].name;
        self->stays[i] = content || type == NTFS_INDEX_ROOT;
        if (self->stays[i])
            room -= ntfs_attribute_bytes(&parts->list[i], room);
    }
    for (size_t i = 1; i < parts->n; i++) {
        size_t bytes = ntfs_attribute_bytes(&parts->list[i], SIZE_MAX);
        if (self->stays[i] || bytes > room)
            continue;
        self->stays[i] = true;
        room -= bytes;
    }
}

/* STANDARD_INFORMATION and the list, which is complete, and behind them what stays. */
static int first_finish(struct spread *self, struct error *err)
{
    struct ntfs_record record;
    struct ntfs_attribute list = {
        .type = NTFS_ATTRIBUTE_LIST,
        .size = self->list.n,
        .initialized = self->list.n,
    };
    uint16_t number;

    if (ntfs_writer_outside(self->writer, self->list.bytes, self->list.n, &list.runs, err) < 0)
        return -1;
    ntfs_record_begin(&record, self->file->number, NTFS_USER_SEQUENCE, ntfs_inode_flags(self->file),
                      0);
    if (!ntfs_record_add(&record, &self->parts.list[0], &number) ||
        !ntfs_record_add(&record, &list, &number) || !ntfs_record_join(&record, &self->first))
        return error_set(err, ERROR_INTERNAL, "the first record of file %u overflows",
                         self->file->number);
    ntfs_record_finish(&record, ntfs_inode_links(self->file));
    return early_add(self->writer, &record, err);
}

static int spread(struct spread *self, struct error *err)
{
    const struct ntfs_attribute *information = &self->parts.list[0];

    self->stays = calloc(self->parts.n, sizeof(*self->stays));
    if (!self->stays)
        return error_no_memory(err);
    ntfs_record_begin(&self->first, self->file->number, NTFS_USER_SEQUENCE, 0, 0);
    self->first.next_attribute = FIRST_NUMBER;
    self->first.reserved = ntfs_attribute_bytes(information, SIZE_MAX) + LIST_ATTRIBUTE_BYTES;
    stays_choose(self);
    if (list_add(self, information, 0, &self->first, 0, err) < 0)
        return -1;
    for (size_t i = 1; i < self->parts.n; i++) {
        if (part_put(self, i, err) < 0)
            return -1;
    }
    if (extension_finish(self, err) < 0)
        return -1;
    return first_finish(self, err);
}

int ntfs_spread(struct ntfs_writer *writer, const struct tree_file *file, struct error *err)
{
    AUTO_SPREAD struct spread self = {.writer = writer, .file = file};

    if (ntfs_parts_make(&self.parts, writer, file, err) < 0)
        return -1;
    if (ntfs_parts_bytes(&self.parts) <= NTFS_RECORD_ROOM)
        return 0;
    return spread(&self, err) < 0 ? -1 : 1;
}
