/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_values.h"

#include <string.h>

#include "image/ntfs/ntfs_security.h"

enum {
    SYMLINK_VERSION = 2,
};

struct ntfs_times_disk ntfs_times_now(const struct ntfs_volume *volume)
{
    const struct entry_time now = {.seconds = volume->now.seconds};
    bool exact;
    struct le64 time = le64_put(ntfs_time(&now, &exact));
    return (struct ntfs_times_disk){time, time, time, time};
}

uint32_t ntfs_reparse_tag(enum entry_type type)
{
    switch (type) {
    case ENTRY_SYMLINK:
        return NTFS_TAG_SYMLINK;
    case ENTRY_SOCKET:
        return NTFS_TAG_SOCKET;
    case ENTRY_FIFO:
        return NTFS_TAG_FIFO;
    case ENTRY_CHARACTER:
        return NTFS_TAG_CHARACTER;
    case ENTRY_BLOCK:
        return NTFS_TAG_BLOCK;
    default:
        return 0;
    }
}

uint32_t ntfs_mode(const struct tree_file *file)
{
    return entry_type_bits(file->type) | file->mode;
}

bool ntfs_is_sparse(const struct ntfs_runs *runs)
{
    return runs && runs->stored < runs->clusters;
}

static struct ntfs_times_disk times_of(const struct tree_file *file)
{
    bool exact; /* what is not was reported when the entry came */
    return (struct ntfs_times_disk){
        .created = le64_put(ntfs_time(&file->crtime, &exact)),
        .modified = le64_put(ntfs_time(&file->mtime, &exact)),
        .changed = le64_put(ntfs_time(&file->ctime, &exact)),
        .accessed = le64_put(ntfs_time(&file->atime, &exact)),
    };
}

void ntfs_standard_information_make(const struct ntfs_writer *writer, const struct tree_file *file,
                                    struct ntfs_standard_information_disk *to)
{
    bool directory = file->type == ENTRY_DIRECTORY;
    *to = (struct ntfs_standard_information_disk){
        .times = times_of(file),
        .attributes = le32_put(ntfs_inode_of(writer, file)->attributes),
        .version = le32_put(directory ? NTFS_CASE_SENSITIVE : 0),
        .security = le32_put(directory ? NTFS_SECURITY_DIRECTORY : NTFS_SECURITY_FILE),
    };
}

size_t ntfs_file_name_finish(const struct ntfs_file_name_disk *head, const struct ntfs_name *name,
                             uint8_t to[NTFS_FILE_NAME_BYTES_MAX])
{
    struct ntfs_file_name_disk disk = *head;
    disk.length = name->length;
    disk.namespace = NTFS_NAMESPACE_POSIX;
    memcpy(to, &disk, sizeof(disk));
    for (size_t i = 0; i < name->length; i++) {
        struct le16 unit = le16_put(name->units[i]);
        memcpy(to + sizeof(disk) + 2 * i, &unit, sizeof(unit));
    }
    return sizeof(disk) + 2u * name->length;
}

size_t ntfs_file_name_put(const struct ntfs_writer *writer, const struct tree_file *file,
                          const struct tree_name *name, uint8_t to[NTFS_FILE_NAME_BYTES_MAX])
{
    const struct ntfs_inode *inode = ntfs_inode_of(writer, file);
    bool directory = file->type == ENTRY_DIRECTORY;
    uint64_t size = file->type == ENTRY_FILE ? file->size : 0;
    struct ntfs_name text;

    const struct ntfs_file_name_disk head = {
        .parent = le64_put(name ? ntfs_reference(name->directory->number, NTFS_USER_SEQUENCE)
                                : ntfs_above_parent(writer)),
        .times = times_of(file),
        .allocated = le64_put(inode->content ? inode->content->stored * NTFS_CLUSTER_BYTES
                                             : (size + 7) / 8 * 8),
        .size = le64_put(size),
        .attributes = le32_put(inode->attributes | (directory ? NTFS_FILE_DIRECTORY : 0)),
        .extra = le32_put(inode->extra),
    };
    if (!name)
        return ntfs_file_name_finish(&head, &writer->above.names[writer->above.n - 1], to);
    ntfs_name_make(&text, name->text, name->length);
    return ntfs_file_name_finish(&head, &text, to);
}

size_t ntfs_reparse_put(const struct tree_file *file, uint8_t to[NTFS_REPARSE_BYTES_MAX])
{
    size_t n = sizeof(struct ntfs_reparse_disk);
    if (file->type == ENTRY_SYMLINK) {
        struct le32 version = le32_put(SYMLINK_VERSION);
        memcpy(to + n, &version, sizeof(version));
        n += sizeof(version);
        memcpy(to + n, file->target, (size_t)file->size);
        n += (size_t)file->size;
    }
    struct ntfs_reparse_disk head = {
        .tag = le32_put(ntfs_reparse_tag(file->type)),
        .length = le16_put((uint16_t)(n - sizeof(head))),
    };
    memcpy(to, &head, sizeof(head));
    return n;
}
