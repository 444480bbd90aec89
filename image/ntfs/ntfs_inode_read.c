/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_inode_read.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_interix.h"

enum {
    ATTRIBUTE_ENCRYPTED = 0x4000,
    ATTRIBUTE_COMPRESSION = 0x00ff, /* the method; 0: none */
    COMPRESSION_LZNT1 = 1,
    STANDARD_BYTES_MIN = offsetof(struct ntfs_standard_information_disk, owner),
    TICKS = 10000000, /* of 100 ns, in a second */
};

static const int64_t epoch_1601 = 11644473600; /* seconds before 1970 */

/* Of a file that has no mode. */
static const struct {
    mode_t format;
    uint16_t mode;
} defaults[] = {
    [ENTRY_FILE] = {S_IFREG, 0644},    [ENTRY_DIRECTORY] = {S_IFDIR, 0755},
    [ENTRY_SYMLINK] = {S_IFLNK, 0777}, [ENTRY_CHARACTER] = {S_IFCHR, 0644},
    [ENTRY_BLOCK] = {S_IFBLK, 0644},   [ENTRY_FIFO] = {S_IFIFO, 0644},
    [ENTRY_SOCKET] = {S_IFSOCK, 0644},
};

/* What is read of the attributes before the type is known. */
struct standard {
    struct ntfs_times_disk times;
    uint32_t attributes;
    bool found;
};

static uint64_t number_of(const struct ntfs_attributes *attributes)
{
    return attributes->records[0].number;
}

static int damaged(const struct ntfs_attributes *attributes, const char *what, struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "record %" PRIu64 ": %s; run chkdsk on it in Windows",
                     number_of(attributes), what);
}

/* ---- attributes ---- */

static void attributes_note(const struct ntfs_attributes *attributes, struct standard *standard,
                            struct ntfs_inode_facts *facts)
{
    struct ntfs_attributes_at at = {0};
    while (ntfs_attributes_next(attributes, &at)) {
        const struct ntfs_attribute_view *attribute = &at.attribute;
        bool first = attribute->resident || attribute->first == 0;
        if (attribute->type == NTFS_STANDARD_INFORMATION && attribute->resident &&
            attribute->value_length >= STANDARD_BYTES_MIN) {
            struct ntfs_standard_information_disk disk;
            memcpy(&disk, attribute->value, STANDARD_BYTES_MIN);
            standard->times = disk.times;
            standard->attributes = le32_get(disk.attributes);
            standard->found = true;
        }
        if (attribute->type == NTFS_DATA && attribute->name_length > 0 && first)
            facts->n_streams++;
        if (attribute->type == NTFS_DATA && attribute->flags & ATTRIBUTE_ENCRYPTED)
            facts->is_encrypted = true;
    }
}

static int eas_get(struct ntfs_attributes *attributes, struct ntfs_inode_facts *facts,
                   struct tree *tree, struct error *err)
{
    AUTO_FREE uint8_t *eas = NULL;
    size_t n;
    int rc = ntfs_attributes_value(attributes, NTFS_EA, NTFS_EA_BYTES_MAX, &eas, &n, err);
    if (rc > 0)
        rc = ntfs_ea_read(&facts->metadata, eas, n, &tree->arena, err);
    return rc < 0 ? error_wrap(err, "record %" PRIu64, number_of(attributes)) : 0;
}

static int reparse_get(struct ntfs_attributes *attributes, struct ntfs_inode_facts *facts,
                       struct error *err)
{
    AUTO_FREE uint8_t *value = NULL;
    size_t n;
    int rc = ntfs_attributes_value(attributes, NTFS_REPARSE_POINT, NTFS_REPARSE_BYTES_MAX, &value,
                                   &n, err);
    facts->is_reparse = rc > 0;
    if (rc > 0)
        rc = ntfs_reparse_read(&facts->reparse, value, n, err);
    return rc < 0 ? error_wrap(err, "record %" PRIu64, number_of(attributes)) : 0;
}

/* The size of the unnamed data, after a look at where it lies. */
static int data_get(struct ntfs_attributes *attributes, struct ntfs_inode_facts *facts,
                    uint64_t *size, struct error *err)
{
    struct ntfs_attribute_view data;
    struct ntfs_runs_builder runs = {0};
    const struct ntfs_shape *shape = &attributes->table->shape;

    *size = 0;
    int rc = ntfs_attributes_find(attributes, NTFS_DATA, &data, &runs, err);
    if (rc > 0 && data.resident) {
        *size = data.value_length;
    } else if (rc > 0) {
        *size = data.size;
        for (size_t i = 0; i < runs.n; i++)
            facts->stored += runs.list[i].cluster == NTFS_HOLE ? 0 : runs.list[i].length;
        unsigned method = data.flags & ATTRIBUTE_COMPRESSION;
        if (data.size > runs.clusters * shape->cluster_bytes || facts->stored > shape->clusters)
            rc = damaged(attributes, "its content does not fit its clusters", err);
        else if (method != 0 && method != COMPRESSION_LZNT1)
            rc = damaged(attributes, "its content is compressed by an unknown method", err);
    }
    ntfs_runs_free(&runs);
    return rc < 0 ? -1 : 0;
}

/* ---- what it is ---- */

/* What lxfs, which has no reparse points, says a file is. */
static enum entry_type lxfs_type(const struct ntfs_metadata *metadata)
{
    for (size_t type = 0; type < array_length(defaults); type++) {
        if (type != ENTRY_DIRECTORY && (metadata->mode & S_IFMT) == defaults[type].format)
            return (enum entry_type)type;
    }
    return ENTRY_FILE;
}

/* A file that is a link or a device in the way of Interix: *type changes then. */
static int interix_get(struct ntfs_attributes *attributes, struct ntfs_inode_facts *facts,
                       uint64_t size, enum entry_type *type, struct error *err)
{
    AUTO_FREE uint8_t *content = NULL;
    struct ntfs_interix interix;
    size_t n = 0;

    if (size > NTFS_INTERIX_BYTES_MAX)
        return 0;
    int rc =
        ntfs_attributes_value(attributes, NTFS_DATA, NTFS_INTERIX_BYTES_MAX, &content, &n, err);
    if (rc >= 0)
        rc = ntfs_interix_read(&interix, content, n, err);
    if (rc <= 0)
        return rc;
    *type = interix.type;
    facts->metadata.major = interix.major;
    facts->metadata.minor = interix.minor;
    facts->reparse.target = interix.target;
    return 0;
}

static int type_get(struct ntfs_attributes *attributes, struct ntfs_inode_facts *facts,
                    uint32_t file_attributes, uint64_t size, enum entry_type *type,
                    struct error *err)
{
    const struct ntfs_metadata *metadata = &facts->metadata;
    *type = ENTRY_FILE;
    if (facts->is_reparse)
        *type = facts->reparse.type;
    else if (attributes->records[0].flags & NTFS_RECORD_DIRECTORY)
        *type = ENTRY_DIRECTORY;
    else if (metadata->generation == NTFS_LXFS && metadata->has_mode)
        *type = lxfs_type(metadata);
    else if (metadata->generation == NTFS_NO_LINUX && file_attributes & NTFS_FILE_SYSTEM)
        return interix_get(attributes, facts, size, type, err);
    return 0;
}

/* ---- the file of the tree ---- */

static struct entry_time time_get(struct le64 time)
{
    uint64_t ticks = le64_get(time);
    return (struct entry_time){
        .seconds = (int64_t)(ticks / TICKS) - epoch_1601,
        .nanoseconds = (uint32_t)(ticks % TICKS * 100),
    };
}

static void times_fill(struct tree_file *file, const struct standard *standard,
                       const struct ntfs_metadata *metadata)
{
    file->crtime = time_get(standard->times.created);
    file->mtime = metadata->has_times ? metadata->mtime : time_get(standard->times.modified);
    file->atime = metadata->has_times ? metadata->atime : time_get(standard->times.accessed);
    file->ctime = metadata->has_times ? metadata->ctime : time_get(standard->times.changed);
}

/* A mode whose type is not that of the file says nothing, as WSL sees it. */
static void metadata_fill(struct tree_file *file, struct ntfs_metadata *metadata)
{
    bool fits = metadata->has_mode && (metadata->mode & S_IFMT) == defaults[file->type].format;
    metadata->n_ignored += metadata->has_mode && !fits;
    file->mode = fits ? metadata->mode & MODE_PERMISSIONS : defaults[file->type].mode;
    file->uid = metadata->uid;
    file->gid = metadata->gid;
    if (file->type == ENTRY_CHARACTER || file->type == ENTRY_BLOCK) {
        file->major = metadata->major;
        file->minor = metadata->minor;
    }
    file->xattrs = metadata->xattrs;
    file->n_xattrs = (uint16_t)metadata->n_xattrs;
}

/* A target that is known; those of lxfs, and of the first LX_SYMLINK, are content. */
static int target_fill(struct tree_file *file, const struct ntfs_inode_facts *facts,
                       struct tree *tree, struct error *err)
{
    const char *target = facts->reparse.target;
    if (file->type != ENTRY_SYMLINK || !target)
        return 0;
    file->size = strlen(target);
    if (facts->is_reparse && facts->reparse.kind == NTFS_REPARSE_ABSOLUTE)
        return 0;
    file->target = arena_copy(&tree->arena, target, strlen(target));
    return file->target ? 0 : error_no_memory(err);
}

static bool is_readable(const struct ntfs_inode_facts *facts, enum entry_type type, uint64_t size)
{
    if (facts->is_reparse && facts->reparse.kind == NTFS_REPARSE_FOREIGN)
        return false;
    if (type == ENTRY_FILE && facts->is_encrypted)
        return false;
    size_t target = facts->reparse.target ? strlen(facts->reparse.target) : (size_t)size;
    return type != ENTRY_SYMLINK || (target > 0 && target <= TARGET_BYTES_MAX);
}

/* file: the root, or NULL for a new one. */
static int inode_read(struct tree_file **out, struct tree_file *file,
                      struct ntfs_inode_facts *facts, struct tree *tree,
                      struct ntfs_attributes *attributes, struct error *err)
{
    struct standard standard = {0};
    enum entry_type type;
    uint64_t size = 0;

    *facts = (struct ntfs_inode_facts){0};
    *out = NULL;
    attributes_note(attributes, &standard, facts);
    if (!standard.found)
        return damaged(attributes, "it has no times and no attributes", err);
    if (eas_get(attributes, facts, tree, err) < 0 || reparse_get(attributes, facts, err) < 0 ||
        data_get(attributes, facts, &size, err) < 0 ||
        type_get(attributes, facts, standard.attributes, size, &type, err) < 0)
        return -1;
    if (file && type != ENTRY_DIRECTORY)
        return damaged(attributes, "the root is no directory", err);
    if (!is_readable(facts, type, size))
        return 0;
    if (!file && tree_file_new(tree, type, &file, err) < 0)
        return -1;
    file->number = (uint32_t)number_of(attributes);
    file->size = type == ENTRY_FILE || type == ENTRY_SYMLINK ? size : 0;
    times_fill(file, &standard, &facts->metadata);
    metadata_fill(file, &facts->metadata);
    *out = file;
    return target_fill(file, facts, tree, err);
}

int ntfs_inode_read(struct tree_file **out, struct ntfs_inode_facts *facts, struct tree *tree,
                    struct ntfs_attributes *attributes, struct error *err)
{
    return inode_read(out, NULL, facts, tree, attributes, err);
}

int ntfs_inode_read_root(struct tree_file *root, struct ntfs_inode_facts *facts, struct tree *tree,
                         struct ntfs_attributes *attributes, struct error *err)
{
    return inode_read(&root, root, facts, tree, attributes, err);
}

void ntfs_inode_facts_free(struct ntfs_inode_facts *facts)
{
    free(facts->reparse.target);
    facts->reparse.target = NULL;
}
