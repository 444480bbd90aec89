/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_inode_read.h"

#include <inttypes.h>
#include <stddef.h>
#include <string.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_interix.h"

enum {
    ATTRIBUTE_ENCRYPTED = 0x4000,
    COMPRESSION_LZNT1 = 1,
    COMPRESSION_UNIT_MAX = 4, /* the only one that Windows makes; fewer clusters do no harm */
    STANDARD_BYTES_MIN = offsetof(struct ntfs_standard_information_disk, owner),
};

static int damaged(const struct ntfs_file *file, const char *what, struct error *err)
{
    return error_set(err, ERROR_DAMAGED,
                     "record %" PRIu64 ": %s; let Windows repair the volume (chkdsk /f)",
                     file->records[0].number, what);
}

/* ---- attributes ---- */

/* Also what is read before the type is known: *attributes, of the file. False: there are none. */
static bool attributes_note(const struct ntfs_file *file, uint32_t *attributes,
                            struct ntfs_inode_facts *facts)
{
    bool found = false;
    for (size_t i = 0; i < file->n_attributes; i++) {
        const struct ntfs_piece *piece = file->attributes[i].piece;
        if (piece->type == NTFS_STANDARD_INFORMATION && piece->resident &&
            piece->value_length >= STANDARD_BYTES_MIN) {
            struct ntfs_standard_information_disk disk;
            memcpy(&disk, piece->value, STANDARD_BYTES_MIN);
            facts->created = le64_get(disk.times.created);
            facts->modified = le64_get(disk.times.modified);
            facts->changed = le64_get(disk.times.changed);
            facts->accessed = le64_get(disk.times.accessed);
            *attributes = le32_get(disk.attributes);
            found = true;
        }
        facts->n_streams += piece->type == NTFS_DATA && piece->name_length > 0 &&
                            !ntfs_piece_is(piece, NTFS_DATA, NTFS_CARRIER_STREAM);
        if (piece->type == NTFS_DATA && piece->flags & ATTRIBUTE_ENCRYPTED)
            facts->is_encrypted = true;
    }
    return found;
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

/* ---- the file of the tree ---- */

/* to: the root, or NULL for a new one. */
static int inode_read(struct tree_file **out, struct tree_file *to, struct ntfs_inode_facts *facts,
                      struct tree *tree, struct ntfs_parse *parse, const struct ntfs_file *file,
                      struct error *err)
{
    uint32_t attributes = 0;
    uint64_t size = 0;

    *facts = (struct ntfs_inode_facts){0};
    *out = NULL;
    if (!attributes_note(file, &attributes, facts))
        return damaged(file, "it has no times and no attributes", err);
    if (eas_get(parse, file, facts, tree, err) < 0 ||
        carrier_get(parse, file, facts, tree, err) < 0 ||
        reparse_get(parse, file, facts, err) < 0 || data_get(file, &size, err) < 0)
        return -1;
    enum entry_type type =
        ntfs_inode_facts_type(facts, file->records[0].flags & NTFS_RECORD_DIRECTORY);
    bool interix = type == ENTRY_FILE && !facts->is_reparse &&
                   facts->metadata.generation == NTFS_NO_LINUX && attributes & NTFS_FILE_SYSTEM;
    if (interix && interix_get(parse, file, facts, size, &type, err) < 0)
        return -1;
    if (to && type != ENTRY_DIRECTORY)
        return damaged(file, "the root is no directory", err);
    if (!ntfs_inode_facts_readable(facts, type, size))
        return 0;
    if (!to && tree_file_new(tree, type, &to, err) < 0)
        return -1;
    to->number = (uint32_t)file->records[0].number;
    *out = to;
    if (ntfs_inode_facts_fill(to, facts, size, &tree->arena, err) < 0)
        return error_wrap(err, "record %" PRIu32, to->number);
    return 0;
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
