/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_source.h"

#include "image/ntfs/ntfs_content.h"
#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_library.h"
#include "image/ntfs/ntfs_parse.h"
#include "image/ntfs/ntfs_root.h"
#include "image/ntfs/ntfs_scan.h"
#include "image/ntfs/ntfs_survey.h"
#include "image/ntfs/ntfs_tell.h"
#include "image/tree_source.h"

struct ntfs_source {
    struct tree_source base;
    struct blockdev *dev;
    const char *name; /* what warnings call the input, with ": " after it in words() */
    struct ntfs_judge judge;
    struct ntfs_parse parse;
    struct ntfs_library *library;
    struct ntfs_content content;
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
    event_warning(self->base.events,
                  "%s%sthe NTFS volume was not unmounted: %s; it is read as it lies, what Windows "
                  "wrote last may be missing",
                  NAME_WORDS(self), unclean);
    return 0;
}

static void lost_tell(const struct ntfs_source *self, const struct ntfs_survey *survey)
{
    if (survey->n_lost > 0)
        event_warning(self->base.events,
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
    event_warning(self->base.events,
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
        rc = ntfs_scan(&self->base.tree, &self->parse, &survey, &root, self->base.events, &counts,
                       err);
    if (rc == 0) {
        ntfs_counts_tell(&counts, self->name, self->base.events);
        lost_tell(self, &survey);
    }
    ntfs_counts_free(&counts);
    ntfs_survey_free(&survey);
    return rc;
}

/* ---- content ---- */

static int ntfs_turn(struct tree_source *base, uint64_t number, UNUSED uint64_t size,
                     struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)base;
    return ntfs_content_begin(&self->content, number, err);
}

static int ntfs_read(struct tree_source *base, struct content *out, struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)base;
    return ntfs_content_next(&self->content, out, err);
}

static int ntfs_map(struct tree_source *base, const struct data_extent **out, size_t *n,
                    UNUSED struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)base;
    return ntfs_content_map(&self->content, out, n);
}

static int ntfs_pread(struct tree_source *base, void *buf, size_t n, uint64_t off,
                      struct error *err)
{
    struct ntfs_source *self = (struct ntfs_source *)base;
    return ntfs_content_pread(&self->content, buf, n, off, err);
}

static void ntfs_free(struct tree_source *base)
{
    struct ntfs_source *self = (struct ntfs_source *)base;
    ntfs_content_free(&self->content);
    ntfs_library_close(self->library);
    ntfs_parse_close(&self->parse);
    blockdev_abandon(self->dev);
}

static const struct tree_medium ntfs_medium = {
    .number = "record",
    .advice = "",
    .turn = ntfs_turn,
    .content = ntfs_read,
    .map = ntfs_map,
    .pread = ntfs_pread,
    .free = ntfs_free,
};

int ntfs_source(struct source **out, struct blockdev *dev, const struct image_open_options *options,
                struct error *err)
{
    static const struct image_open_options common;
    if (!options)
        options = &common;
    struct ntfs_source *self = tree_source_new(sizeof(*self), &ntfs_medium, options->events, err);
    if (!self) {
        blockdev_abandon(dev);
        return -1;
    }
    AUTO_SOURCE struct source *source = &self->base.source;
    self->dev = dev;
    self->name = options->name;
    if (tree_read(self, options, err) < 0 ||
        ntfs_content_init(&self->content, &self->parse, self->library, err) < 0)
        return -1;
    tree_source_begin(&self->base);
    *out = steal(&source);
    return 0;
}
