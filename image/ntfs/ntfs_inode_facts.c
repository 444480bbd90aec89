/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_inode_facts.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "image/ntfs/ntfs_time.h"

/* Of a file that has no mode. */
static const uint16_t default_modes[] = {
    [ENTRY_FILE] = 0644,      [ENTRY_DIRECTORY] = 0755, [ENTRY_SYMLINK] = 0777,
    [ENTRY_CHARACTER] = 0644, [ENTRY_BLOCK] = 0644,     [ENTRY_FIFO] = 0644,
    [ENTRY_SOCKET] = 0644,
};

/* ---- what it is ---- */

/* What lxfs, which has no reparse points, says a file is. */
static enum entry_type lxfs_type(const struct ntfs_metadata *metadata)
{
    enum entry_type type;
    return entry_type_of(metadata->mode, &type) && type != ENTRY_DIRECTORY ? type : ENTRY_FILE;
}

enum entry_type ntfs_inode_facts_type(const struct ntfs_inode_facts *facts, bool is_directory)
{
    if (facts->is_reparse)
        return facts->reparse.type;
    if (is_directory)
        return ENTRY_DIRECTORY;
    if (facts->metadata.generation == NTFS_LXFS && facts->metadata.has_mode)
        return lxfs_type(&facts->metadata);
    return ENTRY_FILE;
}

bool ntfs_inode_facts_readable(const struct ntfs_inode_facts *facts, enum entry_type type,
                               uint64_t size)
{
    if (facts->is_reparse && facts->reparse.kind == NTFS_REPARSE_FOREIGN)
        return false;
    if (type == ENTRY_FILE && facts->is_encrypted)
        return false;
    size_t target = facts->reparse.target ? strlen(facts->reparse.target) : (size_t)size;
    return type != ENTRY_SYMLINK || (target > 0 && target <= TARGET_BYTES_MAX);
}

/* ---- the file of the tree ---- */

static void times_fill(struct tree_file *file, const struct ntfs_inode_facts *facts)
{
    const struct ntfs_metadata *metadata = &facts->metadata;
    file->crtime = ntfs_time_back(facts->created);
    file->mtime = metadata->has_times ? metadata->mtime : ntfs_time_back(facts->modified);
    file->atime = metadata->has_times ? metadata->atime : ntfs_time_back(facts->accessed);
    file->ctime = metadata->has_times ? metadata->ctime : ntfs_time_back(facts->changed);
}

/* A mode whose type is not that of the file says nothing, as WSL sees it. */
static void metadata_fill(struct tree_file *file, struct ntfs_metadata *metadata)
{
    bool fits = metadata->has_mode && (metadata->mode & S_IFMT) == entry_type_bits(file->type);
    metadata->n_ignored += metadata->has_mode && !fits;
    file->mode = fits ? metadata->mode & MODE_PERMISSIONS : default_modes[file->type];
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
static int carrier_apply(struct tree_file *file, struct ntfs_inode_facts *facts,
                         struct arena *arena, struct error *err)
{
    struct ntfs_metadata *metadata = &facts->metadata;
    if (metadata->carrier.n == 0 || metadata->generation != NTFS_WSLFS)
        return 0;
    metadata->visible.size = file->type == ENTRY_FILE ? file->size : 0;
    metadata->visible.created = facts->created;
    metadata->visible.modified = facts->modified;
    metadata->visible.changed = facts->changed;
    metadata->visible.accessed = facts->accessed;
    if (ntfs_carrier_apply(file, &metadata->carrier, &metadata->visible, arena, &facts->carried,
                           err) < 0)
        return -1;
    /* Which was thought to make no sense. */
    metadata->n_ignored -= (file->uid == UINT32_MAX) + (file->gid == UINT32_MAX);
    return 0;
}

/* A target that is known; those of lxfs, and of the first LX_SYMLINK, are content. */
static int target_fill(struct tree_file *file, const struct ntfs_inode_facts *facts,
                       struct arena *arena, struct error *err)
{
    const char *target = facts->reparse.target;
    if (file->type != ENTRY_SYMLINK || !target)
        return 0;
    file->size = strlen(target);
    if (facts->is_reparse && facts->reparse.kind == NTFS_REPARSE_ABSOLUTE)
        return 0;
    file->target = arena_copy(arena, target, strlen(target));
    return file->target ? 0 : error_no_memory(err);
}

int ntfs_inode_facts_fill(struct tree_file *file, struct ntfs_inode_facts *facts, uint64_t size,
                          struct arena *arena, struct error *err)
{
    file->size = file->type == ENTRY_FILE || file->type == ENTRY_SYMLINK ? size : 0;
    times_fill(file, facts);
    metadata_fill(file, &facts->metadata);
    if (carrier_apply(file, facts, arena, err) < 0)
        return -1;
    return target_fill(file, facts, arena, err);
}

void ntfs_inode_facts_free(struct ntfs_inode_facts *facts)
{
    free(facts->reparse.target);
    facts->reparse.target = NULL;
}
