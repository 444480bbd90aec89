/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_source.h"

#include "image/ext4/ext4_content.h"
#include "image/ext4/ext4_format.h"
#include "image/ext4/ext4_io.h"
#include "image/ext4/ext4_journal.h"
#include "image/ext4/ext4_scan.h"
#include "image/tree_source.h"

enum {
    LOST_FOUND_MODE = 0700, /* as mkfs makes it */
};

struct ext4_source {
    struct tree_source base;
    struct blockdev *dev;
    struct ext4_io io;
    ext2_filsys fs;
    struct ext4_content content;
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
        self->base.events,
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

/* ---- content ---- */

static int ext4_turn(struct tree_source *base, uint64_t number, uint64_t size, struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)base;
    return ext4_content_begin(&self->content, (uint32_t)number, size, err);
}

static int ext4_read(struct tree_source *base, struct content *out, struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)base;
    return ext4_content_next(&self->content, out, err);
}

static int ext4_map(struct tree_source *base, const struct data_extent **out, size_t *n,
                    struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)base;
    return ext4_content_map(&self->content, out, n, err);
}

static int ext4_pread(struct tree_source *base, void *buf, size_t n, uint64_t off,
                      struct error *err)
{
    struct ext4_source *self = (struct ext4_source *)base;
    return ext4_content_pread(&self->content, buf, n, off, err);
}

static void ext4_free(struct tree_source *base)
{
    struct ext4_source *self = (struct ext4_source *)base;
    ext4_content_free(&self->content);
    if (self->fs)
        ext2fs_free(self->fs);
    blockdev_abandon(self->dev);
}

static const struct tree_medium ext4_medium = {
    .number = "inode",
    .advice = "; e2fsck -fn tells more",
    .turn = ext4_turn,
    .content = ext4_read,
    .map = ext4_map,
    .pread = ext4_pread,
    .free = ext4_free,
};

int ext4_source(struct source **out, struct blockdev *dev, const struct image_open_options *options,
                struct error *err)
{
    static const struct image_open_options common;
    if (!options)
        options = &common;
    struct ext4_source *self = tree_source_new(sizeof(*self), &ext4_medium, options->events, err);
    if (!self) {
        blockdev_abandon(dev);
        return -1;
    }
    AUTO_SOURCE struct source *source = &self->base.source;
    struct tree *tree = &self->base.tree;
    self->dev = dev;
    if (fs_open(self, options, err) < 0 || ext4_scan(tree, self->fs, &self->io, err) < 0 ||
        ext4_content_init(&self->content, self->fs, &self->io, self->dev, err) < 0)
        return -1;
    lost_found_hide(tree);
    tree_source_begin(&self->base);
    *out = steal(&source);
    return 0;
}
