/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_values.h"

#include <string.h>
#include <sys/stat.h>

#include "image/ntfs/ntfs_security.h"

enum {
    SYMLINK_VERSION = 2,
    UNITS_PER_SECOND = 10000000, /* of 100 ns */
    UNIT_NS = 100,
};

/* From 1601 to 1970. */
#define EPOCH_SECONDS INT64_C(11644473600)

uint64_t ntfs_time(const struct entry_time *time, bool *exact)
{
    static const int64_t last = INT64_MAX / UNITS_PER_SECOND - EPOCH_SECONDS - 1;
    if (time->seconds < -EPOCH_SECONDS || time->seconds > last) {
        *exact = false;
        return time->seconds < 0 ? 0 : INT64_MAX;
    }
    return (uint64_t)(time->seconds + EPOCH_SECONDS) * UNITS_PER_SECOND +
           time->nanoseconds / UNIT_NS;
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
    static const uint32_t types[] = {
        [ENTRY_FILE] = S_IFREG,      [ENTRY_DIRECTORY] = S_IFDIR, [ENTRY_SYMLINK] = S_IFLNK,
        [ENTRY_CHARACTER] = S_IFCHR, [ENTRY_BLOCK] = S_IFBLK,     [ENTRY_FIFO] = S_IFIFO,
        [ENTRY_SOCKET] = S_IFSOCK,
    };
    return types[file->type] | file->mode;
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

size_t ntfs_file_name_put(const struct ntfs_writer *writer, const struct tree_file *file,
                          const struct tree_name *name, uint8_t to[NTFS_FILE_NAME_BYTES_MAX])
{
    const struct ntfs_inode *inode = ntfs_inode_of(writer, file);
    bool directory = file->type == ENTRY_DIRECTORY;
    uint64_t size = file->type == ENTRY_FILE ? file->size : 0;
    struct ntfs_name text;

    ntfs_name_make(&text, name ? name->text : writer->root_name,
                   name ? name->length : strlen(writer->root_name));
    struct ntfs_file_name_disk head = {
        .parent = le64_put(name ? ntfs_reference(name->directory->number, NTFS_USER_SEQUENCE)
                                : ntfs_reference(NTFS_ROOT, NTFS_ROOT)),
        .times = times_of(file),
        .allocated = le64_put(inode->content ? inode->content->stored * NTFS_CLUSTER_BYTES
                                             : (size + 7) / 8 * 8),
        .size = le64_put(size),
        .attributes = le32_put(inode->attributes | (directory ? NTFS_FILE_DIRECTORY : 0)),
        .extra = le32_put(inode->extra),
        .length = text.length,
        .namespace = NTFS_NAMESPACE_POSIX,
    };
    memcpy(to, &head, sizeof(head));
    for (size_t i = 0; i < text.length; i++) {
        struct le16 unit = le16_put(text.units[i]);
        memcpy(to + sizeof(head) + 2 * i, &unit, sizeof(unit));
    }
    return sizeof(head) + 2u * text.length;
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
