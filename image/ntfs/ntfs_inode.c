/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_inode.h"

#include "image/ntfs/ntfs_parts.h"

enum {
    OUTSIDE_BYTES_MIN = 56, /* a value that is no longer takes more room outside */
    INDEX_ROOT_HEAD_BYTES = 32,
    INDEX_ROOM_MIN = INDEX_ROOT_HEAD_BYTES + 56 + NTFS_BLOCKS_BYTES, /* a root that leads on */
};

uint16_t ntfs_inode_flags(const struct tree_file *file)
{
    return NTFS_RECORD_IN_USE | (file->type == ENTRY_DIRECTORY ? NTFS_RECORD_DIRECTORY : 0);
}

uint16_t ntfs_inode_links(const struct tree_file *file)
{
    return (uint16_t)(file->type == ENTRY_DIRECTORY ? 1 : file->links);
}

/* Where an attribute that may lie outside keeps its runs; NULL: it may not. */
static const struct ntfs_runs **outside_of(struct ntfs_inode *inode,
                                           const struct ntfs_attribute *attribute)
{
    switch (attribute->type) {
    case NTFS_DATA:
        return attribute->name ? &inode->carrier : &inode->content;
    case NTFS_REPARSE_POINT:
        return &inode->reparse;
    case NTFS_EA:
        return &inode->eas;
    default:
        return NULL;
    }
}

/* The longest value that can still be moved out, and takes less room then; NULL: none. */
static struct ntfs_attribute *longest(const struct ntfs_parts *parts, struct ntfs_inode *inode)
{
    struct ntfs_attribute *found = NULL;
    for (size_t i = 0; i < parts->n; i++) {
        struct ntfs_attribute *attribute = &parts->list[i];
        if (!outside_of(inode, attribute) || attribute->runs ||
            attribute->size <= OUTSIDE_BYTES_MIN)
            continue;
        if (!found || attribute->size > found->size)
            found = attribute;
    }
    return found;
}

static int inode_describe(struct ntfs_writer *writer, const struct tree_file *file,
                          struct error *err)
{
    struct ntfs_inode *inode = ntfs_inode_of(writer, file);
    const struct ntfs_stored *content = file->type == ENTRY_FILE ? file->content : NULL;

    inode->content = content ? content->runs : NULL;
    inode->attributes = NTFS_FILE_EA;
    if (file->type != ENTRY_DIRECTORY)
        inode->attributes |= NTFS_FILE_ARCHIVE;
    if (ntfs_is_sparse(inode->content))
        inode->attributes |= NTFS_FILE_SPARSE;
    inode->extra = ntfs_reparse_tag(file->type);
    if (inode->extra != 0) {
        inode->attributes |= NTFS_FILE_REPARSE;
        return 0;
    }
    if (ntfs_writer_turn(writer, file, err) < 0)
        return -1;
    inode->extra = (uint32_t)(writer->eas.packed | (writer->eas.n - writer->eas.packed) << 16);
    return 0;
}

int ntfs_inode_place(struct ntfs_writer *writer, const struct tree_file *file, struct error *err)
{
    AUTO_NTFS_PARTS struct ntfs_parts parts = {0};
    struct ntfs_inode *inode = ntfs_inode_of(writer, file);
    struct ntfs_attribute *attribute;

    if (inode_describe(writer, file, err) < 0 || ntfs_parts_make(&parts, writer, file, err) < 0)
        return -1;
    size_t kept = file->type == ENTRY_DIRECTORY ? INDEX_ROOM_MIN : 0;
    while (ntfs_parts_bytes(&parts) + kept > NTFS_RECORD_ROOM &&
           (attribute = longest(&parts, inode)) != NULL) {
        const struct ntfs_runs **runs = outside_of(inode, attribute);
        if (ntfs_writer_outside(writer, attribute->value, attribute->size, runs, err) < 0)
            return -1;
        attribute->runs = *runs;
    }
    return 0;
}

int ntfs_inode_index_room(struct ntfs_writer *writer, const struct tree_file *file, size_t *out,
                          struct error *err)
{
    AUTO_NTFS_PARTS struct ntfs_parts parts = {0};
    if (ntfs_parts_make(&parts, writer, file, err) < 0)
        return -1;
    size_t used = ntfs_parts_bytes(&parts) + INDEX_ROOT_HEAD_BYTES;
    *out = used < NTFS_RECORD_ROOM ? (NTFS_RECORD_ROOM - used) & ~(size_t)7 : 0;
    return 0;
}

int ntfs_inode_record(struct ntfs_writer *writer, const struct tree_file *file,
                      struct ntfs_record *record, struct error *err)
{
    AUTO_NTFS_PARTS struct ntfs_parts parts = {0};
    uint16_t number;

    if (ntfs_parts_make(&parts, writer, file, err) < 0)
        return -1;
    ntfs_record_begin(record, file->number, NTFS_USER_SEQUENCE, ntfs_inode_flags(file), 0);
    for (size_t i = 0; i < parts.n; i++) {
        if (!ntfs_record_add(record, &parts.list[i], &number))
            return error_set(err, ERROR_INTERNAL, "the record of file %u overflows", file->number);
    }
    ntfs_record_finish(record, ntfs_inode_links(file));
    return 0;
}
