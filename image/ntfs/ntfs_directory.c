/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_directory.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "image/ntfs/ntfs_inode.h"
#include "image/ntfs/ntfs_values.h"

enum {
    ALIGNMENT = 8,
};

/* ---- directories ---- */

size_t ntfs_directory_entry(uint8_t to[NTFS_ENTRY_BYTES_MAX], uint64_t reference,
                            const uint8_t *file_name, size_t n)
{
    size_t length = (sizeof(struct ntfs_index_entry_disk) + n + ALIGNMENT - 1) & ~(ALIGNMENT - 1u);
    struct ntfs_index_entry_disk head = {
        .file = le64_put(reference),
        .length = le16_put((uint16_t)length),
        .key_length = le16_put((uint16_t)n),
    };
    memset(to, 0, length);
    memcpy(to, &head, sizeof(head));
    memcpy(to + sizeof(head), file_name, n);
    return length;
}

/* A name on its way into order. */
struct sorted_name {
    const struct tree_name *name;
    const uint16_t *units;
    size_t n;
};

static int name_order(const void *a, const void *b, void *upcase)
{
    const struct sorted_name *x = a, *y = b;
    return ntfs_name_compare(x->units, x->n, y->units, y->n, upcase);
}

/* Counts the names of a directory, and the units that they have at most. */
static void names_count(const struct tree_file *directory, size_t *n, size_t *n_units)
{
    *n = *n_units = 0;
    for (struct tree_name *name = directory->directory->first; name; name = name->sibling) {
        if (!name->file)
            continue;
        ++*n;
        *n_units += name->length + NTFS_NAME_SUFFIX_UNITS;
    }
}

static void names_gather(const struct tree_file *directory, struct sorted_name *list,
                         uint16_t *units)
{
    struct ntfs_name text;

    for (struct tree_name *name = directory->directory->first; name; name = name->sibling) {
        if (!name->file)
            continue;
        ntfs_name_make(&text, name->text, name->length);
        memcpy(units, text.units, text.length * sizeof(*units));
        *list++ = (struct sorted_name){name, units, text.length};
        units += text.length;
    }
}

static int names_collide(const struct tree_file *directory, const struct tree_name *a,
                         const struct tree_name *b, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (tree_path(directory, &path, err) < 0)
        return -1;
    return error_set(err, ERROR_UNSUPPORTED,
                     "in /%.100s, %.100s and %.100s have the same name on NTFS, where one of them "
                     "cannot be kept as it is; rename one",
                     path, a->text, b->text);
}

/* The names of a directory in NTFS's order. */
static int names_sort(const struct ntfs_writer *writer, const struct tree_file *directory,
                      struct sorted_name *list, size_t n, struct error *err)
{
    qsort_r(list, n, sizeof(*list), name_order, writer->upcase);
    for (size_t i = 1; i < n; i++) {
        if (name_order(&list[i - 1], &list[i], writer->upcase) == 0)
            return names_collide(directory, list[i - 1].name, list[i].name, err);
    }
    return 0;
}

static int entries_add(const struct ntfs_writer *writer, struct ntfs_index *index,
                       const struct sorted_name *list, size_t n, struct error *err)
{
    uint8_t value[NTFS_FILE_NAME_BYTES_MAX], entry[NTFS_ENTRY_BYTES_MAX];
    for (size_t i = 0; i < n; i++) {
        const struct tree_file *file = list[i].name->file;
        size_t bytes = ntfs_file_name_put(writer, file, list[i].name, value);
        size_t length = ntfs_directory_entry(
            entry, ntfs_reference(file->number, NTFS_USER_SEQUENCE), value, bytes);
        if (ntfs_index_add(index, entry, length, err) < 0)
            return -1;
    }
    return cancel_check(err);
}

int ntfs_directory_write(struct ntfs_writer *writer, const struct tree_file *directory,
                         struct error *err)
{
    size_t n, n_units, room;
    names_count(directory, &n, &n_units);
    AUTO_FREE struct sorted_name *list = calloc(n + 1, sizeof(*list));
    AUTO_FREE uint16_t *units = calloc(n_units + 1, sizeof(*units));
    struct ntfs_index_made *made = arena_alloc(&writer->tree.arena, sizeof(*made));
    struct ntfs_index index;

    if (!list || !units || !made)
        return error_no_memory(err);
    names_gather(directory, list, units);
    if (names_sort(writer, directory, list, n, err) < 0 ||
        ntfs_inode_index_room(writer, directory, &room, err) < 0)
        return -1;
    ntfs_index_begin(&index, &writer->volume);
    int rc = entries_add(writer, &index, list, n, err);
    if (rc == 0)
        rc = ntfs_index_finish(&index, NTFS_FILE_NAME, NTFS_COLLATION_NAME, room,
                               &writer->tree.arena, made, err);
    ntfs_index_free(&index);
    ntfs_inode_of(writer, directory)->index = made;
    return rc;
}

/* ---- reparse points ---- */

struct reparse_key {
    uint32_t tag, number;
};

static int reparse_order(const void *a, const void *b)
{
    const struct reparse_key *x = a, *y = b;
    if (x->tag != y->tag)
        return x->tag < y->tag ? -1 : 1;
    return x->number < y->number ? -1 : x->number > y->number;
}

static int reparse_add(struct ntfs_index *index, const struct reparse_key *key, struct error *err)
{
    /* Head, tag, reference, and up to a multiple of eight; there is no data behind the key. */
    enum {
        KEY_BYTES = 12,
        ENTRY_BYTES = 32,
        DATA_OFFSET = (int)sizeof(struct ntfs_index_entry_disk) + KEY_BYTES,
    };
    uint8_t entry[ENTRY_BYTES] = {0};
    struct le16 place = le16_put(DATA_OFFSET);
    struct ntfs_index_entry_disk head = {
        .length = le16_put(ENTRY_BYTES),
        .key_length = le16_put(KEY_BYTES),
    };
    struct le32 tag = le32_put(key->tag);
    struct le64 reference = le64_put(ntfs_reference(key->number, NTFS_USER_SEQUENCE));

    memcpy(&head.file, &place, sizeof(place));
    memcpy(entry, &head, sizeof(head));
    memcpy(entry + sizeof(head), &tag, sizeof(tag));
    memcpy(entry + sizeof(head) + sizeof(tag), &reference, sizeof(reference));
    return ntfs_index_add(index, entry, sizeof(entry), err);
}

int ntfs_reparse_index_write(struct ntfs_writer *writer, size_t room, struct ntfs_index_made *out,
                             struct error *err)
{
    struct ntfs_index index;
    size_t n = 0;
    for (const struct tree_file *file = writer->tree.root; file; file = file->next)
        n += file->links > 0 && ntfs_reparse_tag(file->type) != 0;
    AUTO_FREE struct reparse_key *keys = calloc(n + 1, sizeof(*keys));
    if (!keys)
        return error_no_memory(err);
    n = 0;
    for (const struct tree_file *file = writer->tree.root; file; file = file->next) {
        uint32_t tag = ntfs_reparse_tag(file->type);
        if (file->links > 0 && tag != 0)
            keys[n++] = (struct reparse_key){tag, file->number};
    }
    qsort(keys, n, sizeof(*keys), reparse_order);

    ntfs_index_begin(&index, &writer->volume);
    int rc = 0;
    for (size_t i = 0; i < n && rc == 0; i++)
        rc = reparse_add(&index, &keys[i], err);
    if (rc == 0)
        rc = ntfs_index_finish(&index, 0, NTFS_COLLATION_U32S, room, &writer->tree.arena, out, err);
    ntfs_index_free(&index);
    return rc;
}
