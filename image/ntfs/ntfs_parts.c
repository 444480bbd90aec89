/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_parts.h"

#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_carrier.h"

enum {
    ATTRIBUTES_BESIDE_NAMES = 9,
};

void ntfs_parts_free(struct ntfs_parts *parts)
{
    free(parts->list);
    free(parts->names);
}

size_t ntfs_parts_bytes(const struct ntfs_parts *parts)
{
    size_t n = 0;
    for (size_t i = 0; i < parts->n; i++)
        n += ntfs_attribute_bytes(&parts->list[i], SIZE_MAX);
    return n;
}

static void part_add(struct ntfs_parts *parts, struct ntfs_attribute attribute)
{
    parts->list[parts->n++] = attribute;
}

/* Attributes of one type stand in the order of their values. */
static int value_order(const void *a, const void *b)
{
    return memcmp(a, b, NTFS_FILE_NAME_BYTES_MAX);
}

static size_t name_length(const uint8_t *bytes)
{
    struct ntfs_file_name_disk head;
    memcpy(&head, bytes, sizeof(head));
    return sizeof(head) + 2u * head.length;
}

static int names_make(const struct ntfs_writer *writer, const struct tree_file *file,
                      struct ntfs_parts *parts, struct error *err)
{
    const struct tree_name *const *list;
    size_t n;

    ntfs_writer_names(writer, file, &list, &n);
    if (n == 0) /* the root of the tree */
        n = 1;
    parts->names = calloc(n, sizeof(*parts->names));
    parts->list = calloc(n + ATTRIBUTES_BESIDE_NAMES, sizeof(*parts->list));
    if (!parts->names || !parts->list)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++)
        ntfs_file_name_put(writer, file, file->name ? list[i] : NULL, parts->names[i]);
    if (n > 1)
        qsort(parts->names, n, sizeof(*parts->names), value_order);
    ntfs_standard_information_make(writer, file, &parts->information);
    part_add(parts, (struct ntfs_attribute){
                        .type = NTFS_STANDARD_INFORMATION,
                        .value = &parts->information,
                        .size = sizeof(parts->information),
                    });
    for (size_t i = 0; i < n; i++)
        part_add(parts, (struct ntfs_attribute){
                            .type = NTFS_FILE_NAME,
                            .value = parts->names[i],
                            .size = name_length(parts->names[i]),
                            .indexed = true,
                        });
    return 0;
}

static void content_add(const struct ntfs_inode *inode, const struct tree_file *file,
                        struct ntfs_parts *parts)
{
    const struct ntfs_stored *content = file->type == ENTRY_FILE ? file->content : NULL;
    uint64_t size = file->type == ENTRY_FILE ? file->size : 0;
    part_add(parts, (struct ntfs_attribute){
                        .type = NTFS_DATA,
                        .value = content ? content->bytes : NULL,
                        .size = (size_t)size,
                        .runs = inode->content,
                        .initialized = size,
                        .sparse = ntfs_is_sparse(inode->content),
                    });
}

size_t ntfs_parts_index(const struct ntfs_index_made *index,
                        struct ntfs_attribute to[NTFS_INDEX_ATTRIBUTES])
{
    static const char name[] = "$I30";
    size_t bytes = index->runs ? (size_t)(index->runs->clusters * NTFS_CLUSTER_BYTES) : 0;

    to[0] = (struct ntfs_attribute){
        .type = NTFS_INDEX_ROOT,
        .name = name,
        .value = index->root,
        .size = index->root_bytes,
    };
    to[1] = (struct ntfs_attribute){
        .type = NTFS_INDEX_ALLOCATION,
        .name = name,
        .size = bytes,
        .runs = index->runs,
        .initialized = bytes,
    };
    to[2] = (struct ntfs_attribute){
        .type = NTFS_BITMAP_ATTRIBUTE,
        .name = name,
        .value = index->bitmap,
        .size = index->bitmap_bytes,
        .runs = index->bitmap_runs,
        .initialized = index->bitmap_bytes,
    };
    return index->runs ? 3 : 1;
}

static void reparse_add(const struct ntfs_inode *inode, const struct tree_file *file,
                        struct ntfs_parts *parts)
{
    size_t n = ntfs_reparse_put(file, parts->reparse);
    part_add(parts, (struct ntfs_attribute){
                        .type = NTFS_REPARSE_POINT,
                        .value = parts->reparse,
                        .size = n,
                        .runs = inode->reparse,
                        .initialized = n,
                    });
}

static void carrier_add(const struct ntfs_writer *writer, const struct ntfs_inode *inode,
                        struct ntfs_parts *parts)
{
    part_add(parts, (struct ntfs_attribute){
                        .type = NTFS_DATA,
                        .name = NTFS_CARRIER_STREAM,
                        .value = writer->carrier.bytes,
                        .size = writer->carrier.n,
                        .runs = inode->carrier,
                        .initialized = writer->carrier.n,
                    });
}

static void eas_add(struct ntfs_writer *writer, const struct tree_file *file,
                    struct ntfs_parts *parts)
{
    const struct ntfs_eas *eas = &writer->eas;

    parts->ea_information = (struct ntfs_ea_information_disk){
        .packed = le16_put((uint16_t)eas->packed),
        .unpacked = le32_put((uint32_t)eas->n),
    };
    part_add(parts, (struct ntfs_attribute){
                        .type = NTFS_EA_INFORMATION,
                        .value = &parts->ea_information,
                        .size = sizeof(parts->ea_information),
                    });
    part_add(parts, (struct ntfs_attribute){
                        .type = NTFS_EA,
                        .value = eas->bytes,
                        .size = eas->n,
                        .runs = ntfs_inode_of(writer, file)->eas,
                        .initialized = eas->n,
                    });
}

int ntfs_parts_make(struct ntfs_parts *parts, struct ntfs_writer *writer,
                    const struct tree_file *file, struct error *err)
{
    const struct ntfs_inode *inode = ntfs_inode_of(writer, file);

    if (ntfs_writer_turn(writer, file, err) < 0 || names_make(writer, file, parts, err) < 0)
        return -1;
    if (file->type != ENTRY_DIRECTORY)
        content_add(inode, file, parts);
    if (writer->carrier_apart)
        carrier_add(writer, inode, parts);
    if (file->type == ENTRY_DIRECTORY && inode->index)
        parts->n += ntfs_parts_index(inode->index, parts->list + parts->n);
    if (inode->attributes & NTFS_FILE_REPARSE)
        reparse_add(inode, file, parts);
    eas_add(writer, file, parts);
    return 0;
}
