/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_source.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "image/ext4/ext4_content.h"
#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_io.h"
#include "image/ext4/ext4_journal.h"
#include "image/ext4/ext4_scan.h"
#include "image/tree.h"
#include "image/tree_walk.h"

enum {
    LOST_FOUND_MODE = 0700, /* as mkfs makes it */
};

struct ext4_source {
    struct source source;
    struct blockdev *dev;
    struct events *events;
    struct ext4_io io;
    ext2_filsys fs;
    struct tree tree;
    struct tree_walk walk;
    struct ext4_content content;
    char target[TARGET_BYTES_MAX + 1];
    uint64_t bytes_done, bytes_total; /* of content, for progress */
};

/* ---- opening ---- */

static int super_open(struct ext4_source *self, struct error *err)
{
    ext4_io_init(&self->io, self->dev);
    errcode_t code = ext2fs_open2(self->io.name, NULL, EXT2_FLAG_64BITS | EXT2_FLAG_JOURNAL_DEV_OK,
                                  0, 0, ext4_io_manager(), &self->fs);
    if (code == EXT2_ET_UNSUPP_FEATURE || code == EXT2_ET_RO_UNSUPP_FEATURE)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the ext4 file system has features that are not known here (%s); "
                         "dumpe2fs -h lists them",
                         error_message(code));
    if (code && self->io.error.code == ERROR_NONE)
        return error_set(err, ERROR_DAMAGED,
                         "the ext4 file system cannot be opened (%s); e2fsck -fn tells more",
                         error_message(code));
    return code ? ext4_io_failed(&self->io, code, "open ext4", err) : 0;
}

/* Shows the file system as its journal would leave it. After a replay the superblock and all that
 * hangs on it is read again. */
static int fs_replay(struct ext4_source *self, const struct image_open_options *options,
                     struct error *err)
{
    struct blockdev *replayed;

    if (options->no_replay)
        return error_set(err, ERROR_DAMAGED,
                         "the ext4 file system was not unmounted: its journal holds changes that "
                         "are not in their place; leave --no-replay out to read it as if they were "
                         "(nothing is written to it), or unmount it, or run e2fsck on it");
    if (ext4_journal_replay(&replayed, self->dev, self->fs, &self->io, err) < 0)
        return -1;
    self->dev = replayed;
    ext2fs_free(self->fs);
    self->fs = NULL;
    if (super_open(self, err) < 0)
        return -1;
    event_warning(
        self->events,
        "%s%sthe ext4 file system was not unmounted: it is read as if its journal had been "
        "replayed; it stays as it is itself",
        options->name ? options->name : "", options->name ? ": " : "");
    return 0;
}

static int fs_open(struct ext4_source *self, const struct image_open_options *options,
                   struct error *err)
{
    initialize_ext2_error_table();
    if (super_open(self, err) < 0)
        return -1;
    if (ext2fs_has_feature_journal_dev(self->fs->super))
        return error_set(err, ERROR_WRONG_KIND,
                         "this is an external journal, not a file system; give the disk that it "
                         "belongs to");
    if (!ext2fs_has_feature_journal_needs_recovery(self->fs->super))
        return 0;
    return fs_replay(self, options, err);
}

/* Made by mkfs and never used: it belongs to the file system, not to the tree. */
static void lost_found_hide(struct tree *tree)
{
    struct tree_file *file = tree_find(tree, "lost+found");
    if (file && file->type == ENTRY_DIRECTORY && !file->directory->first && file->uid == 0 &&
        file->gid == 0 && file->mode == LOST_FOUND_MODE && file->n_xattrs == 0)
        tree_unlink(file->name);
}

static uint64_t content_total(const struct tree *tree)
{
    uint64_t total = 0;
    for (const struct tree_file *file = tree->root; file; file = file->next) {
        if (file->links > 0 && file->type == ENTRY_FILE)
            total += file->size;
    }
    return total;
}

/* ---- the walk ---- */

static int target_read(struct ext4_source *self, const struct tree_file *file, struct error *err)
{
    struct content piece;
    size_t n = 0;
    int rc;
    if (ext4_content_begin(&self->content, file, err) < 0)
        return -1;
    while ((rc = ext4_content_next(&self->content, &piece, err)) > 0) {
        if (piece.offset != n || piece.n > TARGET_BYTES_MAX - n)
            break;
        memcpy(self->target + n, piece.bytes, piece.n);
        n += piece.n;
    }
    if (rc < 0)
        return -1;
    if (n != file->size || memchr(self->target, '\0', n))
        return error_set(err, ERROR_DAMAGED,
                         "the target of a symbolic link (inode %u) cannot be read whole; e2fsck "
                         "-fn tells more",
                         file->number);
    self->target[n] = '\0';
    return 0;
}

static int ext4_next(struct source *source, const struct entry **out, struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)source;
    int rc = tree_walk_next(&self->walk, out, err);
    if (rc <= 0)
        return rc;

    struct tree_file *file = self->walk.file;
    struct entry *entry = &self->walk.entry;
    if (entry->type == ENTRY_SYMLINK && !file->target) {
        if (target_read(self, file, err) < 0)
            return error_wrap(err, "%.200s", entry->path);
        entry->target = self->target;
    }
    if (entry->type == ENTRY_FILE) {
        self->bytes_done += file->size;
        event_progress(self->events, self->bytes_done, self->bytes_total);
        if (ext4_content_begin(&self->content, file, err) < 0)
            return error_wrap(err, "%.200s", entry->path);
    }
    return 1;
}

static int ext4_read(struct source *source, struct content *out, struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)source;
    if (self->walk.entry.type != ENTRY_FILE)
        return 0;
    int rc = ext4_content_next(&self->content, out, err);
    return rc < 0 ? error_wrap(err, "%.200s", self->walk.entry.path) : rc;
}

static int ext4_map(struct source *source, const struct data_extent **out, size_t *n,
                    struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)source;
    return ext4_content_map(&self->content, out, n, err);
}

static int ext4_key(struct source *source, uint64_t *key, struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)source;
    (void)err;
    *key = self->walk.file->number;
    return 0;
}

static int ext4_turn(struct source *source, uint64_t key, uint64_t size, struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)source;
    const struct tree_file file = {.number = (uint32_t)key, .size = size};
    return ext4_content_begin(&self->content, &file, err);
}

static int ext4_pread(struct source *source, void *buf, size_t n, uint64_t off, struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)source;
    return ext4_content_pread(&self->content, buf, n, off, err);
}

static void ext4_close(struct source *source)
{
    struct ext4_source *self = (struct ext4_source *)source;
    tree_walk_free(&self->walk);
    ext4_content_free(&self->content);
    tree_free(&self->tree);
    if (self->fs)
        ext2fs_free(self->fs);
    blockdev_abandon(self->dev);
    free(self);
}

static const struct source_ops ext4_ops = {
    .next = ext4_next,
    .content = ext4_read,
    .map = ext4_map,
    .key = ext4_key,
    .turn = ext4_turn,
    .pread = ext4_pread,
    .close = ext4_close,
};

int ext4_source(struct source **out, struct blockdev *dev, const struct image_open_options *options,
                struct error *err)
{
    static const struct image_open_options common;
    if (!options)
        options = &common;
    struct ext4_source *self = calloc(1, sizeof(*self));
    if (!self) {
        blockdev_abandon(dev);
        return error_no_memory(err);
    }
    self->source.ops = &ext4_ops;
    self->dev = dev;
    self->events = options->events;
    if (fs_open(self, options, err) < 0 || tree_init(&self->tree, err) < 0 ||
        ext4_scan(&self->tree, self->fs, &self->io, err) < 0 ||
        ext4_content_init(&self->content, self->fs, &self->io, self->dev, err) < 0) {
        ext4_close(&self->source);
        return -1;
    }
    lost_found_hide(&self->tree);
    tree_walk_init(&self->walk, &self->tree);
    self->bytes_total = content_total(&self->tree);
    *out = &self->source;
    return 0;
}
