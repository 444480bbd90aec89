/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_inode_read.h"

#include <inttypes.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_interix.h"
#include "image/ntfs/ntfs_time.h"

enum {
    ATTRIBUTE_ENCRYPTED = 0x4000,
    COMPRESSION_LZNT1 = 1,
    COMPRESSION_UNIT_MAX = 4, /* the only one that Windows makes; fewer clusters do no harm */
    STANDARD_BYTES_MIN = offsetof(struct ntfs_standard_information_disk, owner),
};

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

static int damaged(const struct ntfs_file *file, const char *what, struct error *err)
{
    return error_set(err, ERROR_DAMAGED,
                     "record %" PRIu64 ": %s; let Windows repair the volume (chkdsk /f)",
                     file->records[0].number, what);
}

/* ---- attributes ---- */

static void attributes_note(const struct ntfs_file *file, struct standard *standard,
                            struct ntfs_inode_facts *facts)
{
    for (size_t i = 0; i < file->n_attributes; i++) {
        const struct ntfs_piece *piece = file->attributes[i].piece;
        if (piece->type == NTFS_STANDARD_INFORMATION && piece->resident &&
            piece->value_length >= STANDARD_BYTES_MIN) {
            struct ntfs_standard_information_disk disk;
            memcpy(&disk, piece->value, STANDARD_BYTES_MIN);
            standard->times = disk.times;
            standard->attributes = le32_get(disk.attributes);
            standard->found = true;
        }
        facts->n_streams += piece->type == NTFS_DATA && piece->name_length > 0 &&
                            !ntfs_piece_is(piece, NTFS_DATA, NTFS_CARRIER_STREAM);
        if (piece->type == NTFS_DATA && piece->flags & ATTRIBUTE_ENCRYPTED)
            facts->is_encrypted = true;
    }
}

static int eas_get(struct ntfs_parse *parse, const struct ntfs_file *file,
                   struct ntfs_inode_facts *facts, struct tree *tree, struct error *err)
{
    AUTO_FREE uint8_t *eas = NULL;
    size_t n;
    int rc = ntfs_file_value(parse, file, NTFS_EA, NULL, NTFS_EA_BYTES_MAX, &eas, &n, err);
    if (rc > 0 && ntfs_ea_read(&facts->metadata, eas, n, &tree->arena, err) < 0)
        return error_wrap(err, "record %" PRIu64, file->records[0].number);
    return rc < 0 ? -1 : 0;
}

/* What is carried lies in a stream where the extended attributes have no room for it. One with
 * holes is none: it would take more memory than the volume has bytes. */
static int carrier_get(struct ntfs_parse *parse, const struct ntfs_file *file,
                       struct ntfs_inode_facts *facts, struct tree *tree, struct error *err)
{
    const struct ntfs_whole *whole = ntfs_file_find(file, NTFS_DATA, NTFS_CARRIER_STREAM);
    AUTO_FREE uint8_t *bytes = NULL;

    if (!whole || facts->metadata.carrier.n > 0)
        return 0;
    if (whole->stream.size > NTFS_CARRIER_BYTES_MAX ||
        whole->stream.stored < whole->stream.clusters) {
        facts->metadata.n_ignored++;
        return 0;
    }
    if (ntfs_stream_load(parse, &whole->stream, &bytes, err) < 0)
        return -1;
    return ntfs_metadata_carrier(&facts->metadata, bytes, (size_t)whole->stream.size, &tree->arena,
                                 err);
}

static int reparse_get(struct ntfs_parse *parse, const struct ntfs_file *file,
                       struct ntfs_inode_facts *facts, struct error *err)
{
    AUTO_FREE uint8_t *value = NULL;
    size_t n;
    int rc = ntfs_file_value(parse, file, NTFS_REPARSE_POINT, NULL, NTFS_REPARSE_BYTES_MAX, &value,
                             &n, err);
    facts->is_reparse = rc > 0;
    if (rc > 0 && ntfs_reparse_read(&facts->reparse, value, n, err) < 0)
        return error_wrap(err, "record %" PRIu64, file->records[0].number);
    return rc < 0 ? -1 : 0;
}

/* The size of the unnamed data, if it can be decompressed. */
static int data_get(const struct ntfs_file *file, uint64_t *size, struct error *err)
{
    const struct ntfs_whole *data = ntfs_file_find(file, NTFS_DATA, NULL);

    *size = data ? data->stream.size : 0;
    unsigned method = data ? data->piece->flags & NTFS_ATTRIBUTE_COMPRESSION : 0;
    if (method != 0 && (method != COMPRESSION_LZNT1 || data->piece->unit > COMPRESSION_UNIT_MAX))
        return damaged(file, "its content is compressed by an unknown method", err);
    return 0;
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
static int interix_get(struct ntfs_parse *parse, const struct ntfs_file *file,
                       struct ntfs_inode_facts *facts, uint64_t size, enum entry_type *type,
                       struct error *err)
{
    AUTO_FREE uint8_t *content = NULL;
    struct ntfs_interix interix;
    size_t n = 0;

    if (size > NTFS_INTERIX_BYTES_MAX)
        return 0;
    int rc =
        ntfs_file_value(parse, file, NTFS_DATA, NULL, NTFS_INTERIX_BYTES_MAX, &content, &n, err);
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

static int type_get(struct ntfs_parse *parse, const struct ntfs_file *file,
                    struct ntfs_inode_facts *facts, uint32_t file_attributes, uint64_t size,
                    enum entry_type *type, struct error *err)
{
    const struct ntfs_metadata *metadata = &facts->metadata;
    *type = ENTRY_FILE;
    if (facts->is_reparse)
        *type = facts->reparse.type;
    else if (file->records[0].flags & NTFS_RECORD_DIRECTORY)
        *type = ENTRY_DIRECTORY;
    else if (metadata->generation == NTFS_LXFS && metadata->has_mode)
        *type = lxfs_type(metadata);
    else if (metadata->generation == NTFS_NO_LINUX && file_attributes & NTFS_FILE_SYSTEM)
        return interix_get(parse, file, facts, size, type, err);
    return 0;
}

/* ---- the file of the tree ---- */

static struct entry_time time_get(struct le64 time)
{
    return ntfs_time_back(le64_get(time));
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

/* What is carried counts where it goes with what is visible. */
static int carrier_apply(struct tree_file *file, const struct standard *standard,
                         struct ntfs_inode_facts *facts, struct tree *tree, struct error *err)
{
    struct ntfs_metadata *metadata = &facts->metadata;
    if (metadata->carrier.n == 0 || metadata->generation != NTFS_WSLFS)
        return 0;
    metadata->visible.size = file->type == ENTRY_FILE ? file->size : 0;
    metadata->visible.created = le64_get(standard->times.created);
    metadata->visible.modified = le64_get(standard->times.modified);
    metadata->visible.changed = le64_get(standard->times.changed);
    metadata->visible.accessed = le64_get(standard->times.accessed);
    if (ntfs_carrier_apply(file, &metadata->carrier, &metadata->visible, &tree->arena,
                           &facts->carried, err) < 0)
        return error_wrap(err, "record %" PRIu32, file->number);
    /* Which was thought to make no sense. */
    metadata->n_ignored -= (file->uid == UINT32_MAX) + (file->gid == UINT32_MAX);
    return 0;
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

/* to: the root, or NULL for a new one. */
static int inode_read(struct tree_file **out, struct tree_file *to, struct ntfs_inode_facts *facts,
                      struct tree *tree, struct ntfs_parse *parse, const struct ntfs_file *file,
                      struct error *err)
{
    struct standard standard = {0};
    enum entry_type type;
    uint64_t size = 0;

    *facts = (struct ntfs_inode_facts){0};
    *out = NULL;
    attributes_note(file, &standard, facts);
    if (!standard.found)
        return damaged(file, "it has no times and no attributes", err);
    if (eas_get(parse, file, facts, tree, err) < 0 ||
        carrier_get(parse, file, facts, tree, err) < 0 ||
        reparse_get(parse, file, facts, err) < 0 || data_get(file, &size, err) < 0 ||
        type_get(parse, file, facts, standard.attributes, size, &type, err) < 0)
        return -1;
    if (to && type != ENTRY_DIRECTORY)
        return damaged(file, "the root is no directory", err);
    if (!is_readable(facts, type, size))
        return 0;
    if (!to && tree_file_new(tree, type, &to, err) < 0)
        return -1;
    to->number = (uint32_t)file->records[0].number;
    to->size = type == ENTRY_FILE || type == ENTRY_SYMLINK ? size : 0;
    times_fill(to, &standard, &facts->metadata);
    metadata_fill(to, &facts->metadata);
    *out = to;
    if (carrier_apply(to, &standard, facts, tree, err) < 0)
        return -1;
    return target_fill(to, facts, tree, err);
}

int ntfs_inode_read(struct tree_file **out, struct ntfs_inode_facts *facts, struct tree *tree,
                    struct ntfs_parse *parse, const struct ntfs_file *file, struct error *err)
{
    return inode_read(out, NULL, facts, tree, parse, file, err);
}

int ntfs_inode_read_root(struct tree_file *root, struct ntfs_inode_facts *facts, struct tree *tree,
                         struct ntfs_parse *parse, const struct ntfs_file *file, struct error *err)
{
    return inode_read(&root, root, facts, tree, parse, file, err);
}

void ntfs_inode_facts_free(struct ntfs_inode_facts *facts)
{
    free(facts->reparse.target);
    facts->reparse.target = NULL;
}
