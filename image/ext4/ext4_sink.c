/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_sink.h"

#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/size.h"
#include "image/ext4/ext4_data.h"
#include "image/ext4/ext4_directory.h"
#include "image/ext4/ext4_examine.h"
#include "image/ext4/ext4_fit.h"
#include "image/ext4/ext4_inode.h"
#include "image/ext4/ext4_volume.h"
#include "image/ext4/ext4_xattr.h"
#include "image/identity.h"
#include "image/tree.h"
#include "image/tree_links.h"

enum {
    LOST_FOUND_MODE = 0700,
    LOST_FOUND_BLOCKS = 4, /* there must be room when nothing can be allocated */
    FAST_SYMLINK_MAX = EXT4_INODE_BLOCK_BYTES - 1,
};

/* Changes when disks change for the same input. */
static const char scheme[] = "lxkit ext4 2";

struct ext4_sink {
    struct sink sink;
    struct blockdev *dev; /* borrowed */
    struct sink_options options;
    struct ext4_volume volume;
    struct tree tree;
    struct ext4_data data;
    struct ext4_xattrs xattrs;
    struct identity identity;
    struct tree_file *lost_found;
    uint64_t inodes; /* that the whole tree takes */
    bool counted;    /* all of it went by: inodes and the blocks taken are those of the tree */
};

static int lost_found_put(struct ext4_sink *self, struct error *err)
{
    struct entry_time now = {.seconds = self->volume.now.seconds};
    struct entry entry = {
        .path = "lost+found",
        .type = ENTRY_DIRECTORY,
        .mode = LOST_FOUND_MODE,
        .mtime = now,
        .atime = now,
        .ctime = now,
        .crtime = now,
    };
    struct tree_file *root = self->tree.root;
    root->mtime = root->atime = root->ctime = root->crtime = now;
    return tree_put(&self->tree, &entry, &self->lost_found, err);
}

static int ext4_examine(struct sink *sink, const struct entry *entry, UNUSED struct error *err)
{
    ext4_examine_entry(entry, sink->events);
    return 0;
}

static int ext4_kept(UNUSED struct sink *sink, struct entry *entry, struct arena *arena,
                     struct error *err)
{
    return ext4_kept_entry(entry, arena, err);
}

static int ext4_begin(struct sink *sink, struct error *err)
{
    struct ext4_sink *self = (struct ext4_sink *)sink;
    if (ext4_volume_create(&self->volume, self->dev, self->options.inodes, err) < 0 ||
        tree_init(&self->tree, err) < 0 || lost_found_put(self, err) < 0)
        return -1;
    self->data.volume = &self->volume;
    self->data.missing_max = self->options.missing_max / EXT4_BLOCK_BYTES;
    self->xattrs.volume = &self->volume;
    self->xattrs.no_ea_inode = self->options.no_ea_inode;
    return identity_begin(&self->identity, scheme, &self->volume.now, self->dev->size,
                          self->volume.fs->super->s_inodes_count, err);
}

static int ext4_put(struct sink *sink, const struct entry *entry, struct source *content,
                    struct error *err)
{
    struct ext4_sink *self = (struct ext4_sink *)sink;
    struct tree_file *file;
    struct ext4_map *map = NULL;

    if (identity_entry(&self->identity, entry, err) < 0 ||
        tree_put(&self->tree, entry, &file, err) < 0)
        return -1;
    if (!file || file->type != ENTRY_FILE)
        return 0;
    if (ext4_data_write(&self->data, entry, content, &self->tree.arena, &map, err) < 0)
        return error_wrap(err, "%.200s", entry->path);
    file->content = map;
    return 0;
}

/* Inodes by arrival; the root and lost+found have places of their own. Returns the first number
 * that is not taken. */
static uint64_t files_number(struct ext4_sink *self)
{
    uint64_t next = EXT4_INODE_FIRST + 1;
    for (struct tree_file *file = self->tree.root; file; file = file->next) {
        if (file->links == 0)
            continue;
        if (file == self->tree.root)
            file->number = EXT4_INODE_ROOT;
        else if (file == self->lost_found)
            file->number = EXT4_INODE_FIRST;
        else
            file->number = (uint32_t)next++;
    }
    return next;
}

static void inodes_count(struct ext4_sink *self, uint64_t next)
{
    uint64_t have = self->volume.fs->super->s_inodes_count;
    self->inodes = next - 1;
    self->volume.inodes_missing = self->inodes > have ? self->inodes - have : 0;
}

static int xattrs_write(struct ext4_sink *self, uint64_t next_inode, struct error *err)
{
    self->xattrs.next_inode = (uint32_t)next_inode;
    for (struct tree_file *file = self->tree.root; file; file = file->next) {
        if (file->links > 0 &&
            ext4_xattrs_place(&self->xattrs, file, self->options.events, err) < 0)
            return -1;
    }
    inodes_count(self, self->xattrs.next_inode);
    return ext4_xattrs_write(&self->xattrs, err);
}

static int directory_write(struct ext4_sink *self, const struct tree_file *file,
                           struct ext4_inode_content *content, struct error *err)
{
    struct ext4_directory directory;
    struct ext4_map *map = NULL;
    uint32_t parent = file->name ? file->name->directory->number : file->number;

    if (ext4_directory_make(&directory, &self->volume, file, parent,
                            file == self->lost_found ? LOST_FOUND_BLOCKS : 1, err) < 0)
        return -1;
    content->size = directory.n;
    content->flags = directory.indexed ? EXT4_INODE_INDEX : 0;
    int rc = ext4_data_put(&self->data, directory.bytes, directory.n, &self->tree.arena, &map, err);
    content->map = map;
    ext4_directory_free(&directory);
    return rc;
}

static int symlink_write(struct ext4_sink *self, const struct tree_file *file,
                         struct ext4_inode_content *content, struct error *err)
{
    struct ext4_map *map = NULL;
    content->size = file->size;
    if (file->size <= FAST_SYMLINK_MAX)
        return 0;
    int rc = ext4_data_put(&self->data, file->target, file->size, &self->tree.arena, &map, err);
    content->map = map;
    return rc;
}

static int files_write(struct ext4_sink *self, struct error *err)
{
    struct ext4_inodes inodes = {
        .volume = &self->volume,
        .xattrs = &self->xattrs,
    };
    /* The root and lost+found come first in the list, so that numbers rise. */
    for (struct tree_file *file = self->tree.root; file; file = file->next) {
        struct ext4_inode_content content = {0};
        int rc = 0;

        if (file->links == 0)
            continue;
        if (file->type == ENTRY_DIRECTORY) {
            rc = directory_write(self, file, &content, err);
        } else if (file->type == ENTRY_SYMLINK) {
            rc = symlink_write(self, file, &content, err);
        } else if (file->type == ENTRY_FILE) {
            content.map = file->content;
            content.size = file->size;
        }
        if (rc < 0 || cancel_check(err) < 0 || ext4_inodes_put(&inodes, file, &content, err) < 0)
            return -1;
    }
    if (ext4_xattrs_write_large(&self->xattrs, &self->data, &inodes, &self->tree.arena, err) < 0)
        return -1;
    return ext4_inodes_finish(&inodes, err);
}

/* What the whole tree takes is known now. */
static int short_refuse(const struct ext4_sink *self, struct error *err)
{
    uint32_t have = self->volume.fs->super->s_inodes_count;

    if (self->volume.space.missing > 0)
        return error_set(err, ERROR_NO_SPACE,
                         "the file system is full, and %llu blocks of 4 KiB are missing",
                         (unsigned long long)self->volume.space.missing);
    return error_set(err, ERROR_NO_SPACE, "the tree has %llu inodes, and the file system only %u",
                     (unsigned long long)self->inodes, have);
}

struct links {
    struct tree_links base;
    struct ext4_sink *sink;
};

static int content_copy(struct tree_links *links, const struct tree_file *from,
                        struct tree_file *to, struct error *err)
{
    struct ext4_sink *self = ((struct links *)links)->sink;
    struct ext4_map *map = NULL;
    int rc = ext4_data_copy(&self->data, from->content, &self->tree.arena, &map, err);
    to->content = map;
    return rc;
}

static int links_split(struct ext4_sink *self, struct error *err)
{
    struct links links = {
        .base =
            {
                .tree = &self->tree,
                .events = self->options.events,
                .format = "ext4",
                .max = self->sink.links_max,
                .allowed = self->options.split_links,
                .copy = content_copy,
            },
        .sink = self,
    };
    return tree_links_split(&links.base, err);
}

static int ext4_finish(struct sink *sink, struct error *err)
{
    struct ext4_sink *self = (struct ext4_sink *)sink;
    struct sha256 identity;
    bool fixed = self->volume.now.fixed;

    if (tree_finish(&self->tree, err) < 0 || links_split(self, err) < 0)
        return -1;
    uint64_t next = files_number(self);
    inodes_count(self, next);
    if (fixed && identity_finish(&self->identity, &identity, err) < 0)
        return -1;
    if (ext4_volume_identify(&self->volume, fixed ? &identity : NULL, err) < 0 ||
        xattrs_write(self, next, err) < 0 || files_write(self, err) < 0)
        return -1;
    self->counted = true;
    if (ext4_volume_is_short(&self->volume))
        return short_refuse(self, err);
    if (ext4_volume_finish(&self->volume, err) < 0)
        return -1;
    return fixed ? blockdev_identify(self->dev, &identity, err) : 0;
}

static int ext4_need(struct sink *sink, struct sink_need *out, struct error *err)
{
    const struct ext4_sink *self = (const struct ext4_sink *)sink;
    if (!self->counted)
        return 0;
    return ext4_fit(self->volume.space.taken, self->inodes, out, err) < 0 ? -1 : 1;
}

static void ext4_close(struct sink *sink)
{
    struct ext4_sink *self = (struct ext4_sink *)sink;
    identity_free(&self->identity);
    ext4_xattrs_free(&self->xattrs);
    ext4_data_free(&self->data);
    tree_free(&self->tree);
    ext4_volume_free(&self->volume);
    free(self);
}

static const struct sink_ops ext4_ops = {
    .features = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
                SINK_DEVICES | SINK_SOCKETS | SINK_HOLES | SINK_FLAGS,
    .reason = "ext4 has no form for it",
    .examine = ext4_examine,
    .kept = ext4_kept,
    .begin = ext4_begin,
    .put = ext4_put,
    .finish = ext4_finish,
    .need = ext4_need,
    .close = ext4_close,
};

int ext4_sink(struct sink **out, struct blockdev *dev, const struct sink_options *options,
              struct error *err)
{
    struct ext4_sink *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->sink.ops = &ext4_ops;
    self->sink.events = options->events;
    self->sink.links_max = EXT4_LINKS_MAX;
    self->dev = dev;
    self->options = *options;
    *out = &self->sink;
    return 0;
}
