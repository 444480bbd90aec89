/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_source.h"

#include <stdlib.h>
#include <string.h>

#include "image/ntfs/ntfs_content.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_library.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_root.h"
#include "image/ntfs/ntfs_scan.h"
#include "image/ntfs/ntfs_survey.h"
#include "image/ntfs/ntfs_tell.h"
#include "image/tree.h"
#include "image/tree_walk.h"

struct ntfs_source {
    struct source source;
    struct blockdev *dev;
    struct events *events;
    const char *name; /* what warnings call the input, with ": " after it in words() */
    struct ntfs_judge judge;
    struct ntfs_parse parse;
    struct ntfs_library *library;
    struct tree tree;
    struct tree_walk walk;
    struct ntfs_content content;
    char target[TARGET_BYTES_MAX + 1];
    uint64_t bytes_done, bytes_total; /* of content, for progress */
};

/* ---- opening ---- */

/* The input's name and a colon, for a "%s%s". */
#define NAME_WORDS(self) (self)->name ? (self)->name : "", (self)->name ? ": " : ""

static int library_open(struct ntfs_source *self, const struct image_open_options *options,
                        struct error *err)
{
    const char *unclean;
    if (ntfs_library_open(&self->library, self->dev, &unclean, err) < 0)
        return -1;
    if (!unclean)
        return 0;
    if (options->no_replay)
        return error_set(err, ERROR_DAMAGED,
                         "the NTFS volume was not unmounted: %s; leave --no-replay out to read it "
                         "as it lies, or let Windows check it (chkdsk)",
                         unclean);
    event_warning(self->events,
                  "%s%sthe NTFS volume was not unmounted: %s; it is read as it lies, what Windows "
                  "wrote last may be missing",
                  NAME_WORDS(self), unclean);
    return 0;
}

static void lost_tell(const struct ntfs_source *self, const struct ntfs_survey *survey)
{
    if (survey->n_lost > 0)
        event_warning(self->events,
                      "%s%s%zu files or names are in no directory of the volume and are left out; "
                      "chkdsk in Windows finds them",
                      NAME_WORDS(self), survey->n_lost);
}

static int found_tell(const struct ntfs_source *self, const struct ntfs_survey *survey,
                      const struct ntfs_root *root, struct error *err)
{
    if (!root->is_found)
        return 0;
    AUTO_FREE char *path = ntfs_survey_path(survey, NTFS_ROOT, root->directory);
    if (!path)
        return error_no_memory(err);
    event_warning(self->events,
                  "%s%sthe tree is taken from %.300s, the only directory on the volume that looks "
                  "like the root of a Linux system; --path names another",
                  NAME_WORDS(self), path);
    return 0;
}

static int tree_read(struct ntfs_source *self, const struct image_open_options *options,
                     struct error *err)
{
    struct ntfs_survey survey;
    struct ntfs_counts counts = {0};
    struct ntfs_root root;

    int rc = ntfs_survey(&survey, &self->parse, &self->judge, self->dev, err);
    if (rc == 0)
        rc = library_open(self, options, err);
    if (rc == 0)
        rc = ntfs_root_find(&root, &survey, options->volume_path, err);
    if (rc == 0)
        rc = found_tell(self, &survey, &root, err);
    if (rc == 0)
        rc = ntfs_scan(&self->tree, &self->parse, &survey, &root, self->events, &counts, err);
    if (rc == 0) {
        ntfs_counts_tell(&counts, self->name, self->events);
        lost_tell(self, &survey);
    }
    ntfs_counts_free(&counts);
    ntfs_survey_free(&survey);
    return rc;
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

static int target_read(struct ntfs_source *self, const struct tree_file *file, struct error *err)
{
    struct content piece;
    size_t n = 0;
    int rc;
    if (ntfs_content_begin(&self->content, file->number, err) < 0)
        return -1;
    while ((rc = ntfs_content_next(&self->content, &piece, err)) > 0) {
        if (piece.offset != n || piece.n > TARGET_BYTES_MAX - n)
            break;
        memcpy(self->target + n, piece.bytes, piece.n);
        n += piece.n;
    }
    if (rc < 0)
        return -1;
    if (n != file->size || memchr(self->target, '\0', n))
        return error_set(err, ERROR_DAMAGED,
                         "the target of a symbolic link (record %u) cannot be read whole",
                         file->number);
    self->target[n] = '\0';
    return 0;
}

static int ntfs_next(struct source *source, const struct entry **out, struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)source;
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
        if (ntfs_content_begin(&self->content, file->number, err) < 0)
            return error_wrap(err, "%.200s", entry->path);
    }
    return 1;
}

static int ntfs_read(struct source *source, struct content *out, struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)source;
    if (self->walk.entry.type != ENTRY_FILE)
        return 0;
    int rc = ntfs_content_next(&self->content, out, err);
    return rc < 0 ? error_wrap(err, "%.200s", self->walk.entry.path) : rc;
}

static int ntfs_map(struct source *source, const struct data_extent **out, size_t *n,
                    struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)source;
    (void)err;
    return ntfs_content_map(&self->content, out, n);
}

static int ntfs_key(struct source *source, uint64_t *key, struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)source;
    (void)err;
    *key = self->walk.file->number;
    return 0;
}

static int ntfs_turn(struct source *source, uint64_t key, uint64_t size, struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)source;
    (void)size;
    return ntfs_content_begin(&self->content, key, err);
}

static int ntfs_pread(struct source *source, void *buf, size_t n, uint64_t off, struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)source;
    return ntfs_content_pread(&self->content, buf, n, off, err);
}

static void ntfs_close(struct source *source)
{
    struct ntfs_source *self = (struct ntfs_source *)source;
    tree_walk_free(&self->walk);
    ntfs_content_free(&self->content);
    tree_free(&self->tree);
    ntfs_library_close(self->library);
    ntfs_parse_close(&self->parse);
    blockdev_abandon(self->dev);
    free(self);
}

static const struct source_ops ntfs_ops = {
    .next = ntfs_next,
    .content = ntfs_read,
    .map = ntfs_map,
    .key = ntfs_key,
    .turn = ntfs_turn,
    .pread = ntfs_pread,
    .close = ntfs_close,
};

int ntfs_source(struct source **out, struct blockdev *dev, const struct image_open_options *options,
                struct error *err)
{
    static const struct image_open_options common;
    if (!options)
        options = &common;
    struct ntfs_source *self = calloc(1, sizeof(*self));
    if (!self) {
        blockdev_abandon(dev);
        return error_no_memory(err);
    }
    self->source.ops = &ntfs_ops;
    self->dev = dev;
    self->events = options->events;
    self->name = options->name;
    if (tree_init(&self->tree, err) < 0 || tree_read(self, options, err) < 0 ||
        ntfs_content_init(&self->content, &self->parse, self->library, err) < 0) {
        ntfs_close(&self->source);
        return -1;
    }
    tree_walk_init(&self->walk, &self->tree);
    self->bytes_total = content_total(&self->tree);
    *out = &self->source;
    return 0;
}
