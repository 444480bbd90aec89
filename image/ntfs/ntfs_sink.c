/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_sink.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "core/cancel.h"
#include "image/blocks.h"
#include "image/identity.h"
#include "image/kept.h"
#include "image/ntfs/ntfs_examine.h"
#include "image/ntfs/ntfs_kept.h"
#include "image/ntfs/ntfs_system.h"
#include "image/ntfs/ntfs_upcase.h"
#include "image/ntfs/ntfs_writer.h"
#include "image/tree_links.h"

enum {
    COPY_CLUSTERS = 64,
    FITTED_BYTES_PER_FILE = 1536, /* a record, its part of an index, and some room */
    FITTED_BYTES_FIXED = 8 << 20,
};

/* Changes when disks change for the same input. */
static const char scheme[] = "lxkit ntfs 1";
static const char root_path[] = "rootfs";

struct ntfs_sink {
    struct sink sink;
    struct blockdev *dev; /* borrowed */
    struct sink_options options;
    struct ntfs_writer writer;
    struct blocks blocks; /* of the current file */
    struct ntfs_runs_builder runs;
    struct identity identity;
    bool counted; /* all of the tree went by, and the volume's clusters are what it needs */
};

static_assert(NTFS_CLUSTER_BYTES == (int)BLOCK_BYTES, "content is cut into clusters");

static struct ntfs_sink *sink_of_blocks(struct blocks *blocks)
{
    return (struct ntfs_sink *)((char *)blocks - offsetof(struct ntfs_sink, blocks));
}

/* ---- content ---- */

/* Whole clusters of the current file; what was passed over is a hole. */
static int clusters_write(struct blocks *blocks, const uint8_t *bytes, size_t n, uint64_t logical,
                          struct error *err)
{
    struct ntfs_sink *self = sink_of_blocks(blocks);
    struct ntfs_volume *volume = &self->writer.volume;
    uint64_t cluster = ntfs_volume_take(volume, n);

    if (volume->next > volume->clusters &&
        (volume->next - volume->clusters) * NTFS_CLUSTER_BYTES > self->options.missing_max)
        return error_set(err, ERROR_NO_SPACE, "the volume is full; give it a larger --size");
    if (logical > self->runs.clusters &&
        ntfs_runs_add(&self->runs, NTFS_HOLE, logical - self->runs.clusters, err) < 0)
        return -1;
    if (ntfs_runs_add(&self->runs, cluster, n, err) < 0)
        return -1;
    return ntfs_volume_write(volume, bytes, cluster, n, err);
}

/* The end of a sparse file: its units are all there or all holes, the last one too. */
static int sparse_complete(struct ntfs_sink *self, uint64_t clusters, struct error *err)
{
    const uint64_t unit = NTFS_HOLE_CLUSTERS;
    uint64_t begun = self->runs.clusters % unit;
    uint64_t end = (clusters + unit - 1) / unit * unit;

    if (begun > 0 &&
        ntfs_runs_add(&self->runs, ntfs_volume_take(&self->writer.volume, unit - begun),
                      unit - begun, err) < 0)
        return -1;
    if (end > self->runs.clusters)
        return ntfs_runs_add(&self->runs, NTFS_HOLE, end - self->runs.clusters, err);
    return 0;
}

static int content_write(struct ntfs_sink *self, const struct entry *entry, struct source *source,
                         struct ntfs_stored *content, struct error *err)
{
    uint64_t clusters = (entry->size + NTFS_CLUSTER_BYTES - 1) / NTFS_CLUSTER_BYTES;
    struct ntfs_runs *runs;

    ntfs_runs_clear(&self->runs);
    self->blocks.write = clusters_write;
    self->blocks.hole_blocks = NTFS_HOLE_CLUSTERS;
    if (blocks_take(&self->blocks, source, entry->size, err) < 0)
        return -1;
    if ((self->runs.holes || clusters > self->runs.clusters) &&
        sparse_complete(self, clusters, err) < 0)
        return -1;
    if (ntfs_runs_keep(&self->runs, &self->writer.tree.arena, &runs, err) < 0)
        return -1;
    content->runs = runs;
    return 0;
}

static int content_keep(struct ntfs_sink *self, const struct entry *entry, struct source *source,
                        struct ntfs_stored *content, struct error *err)
{
    uint8_t *bytes = arena_alloc(&self->writer.tree.arena, (size_t)entry->size + 1);
    struct content piece;
    int rc;

    if (!bytes)
        return error_no_memory(err);
    while ((rc = source_content(source, &piece, err)) > 0) {
        if (piece.offset > entry->size || piece.n > entry->size - piece.offset)
            return error_set(err, ERROR_DAMAGED,
                             "a piece of content at %llu does not fit the file's %llu bytes; "
                             "download or make the archive again",
                             (unsigned long long)piece.offset, (unsigned long long)entry->size);
        memcpy(bytes + piece.offset, piece.bytes, piece.n);
    }
    content->bytes = bytes;
    return rc;
}

static int ntfs_put(struct sink *sink, const struct entry *entry, struct source *source,
                    struct error *err)
{
    struct ntfs_sink *self = (struct ntfs_sink *)sink;
    struct tree_file *file;

    if (identity_entry(&self->identity, entry, err) < 0 ||
        tree_put(&self->writer.tree, entry, &file, err) < 0)
        return -1;
    if (!file || file->type != ENTRY_FILE)
        return 0;
    if (entry->size > NTFS_FILE_BYTES_MAX)
        return error_set(err, ERROR_LIMIT,
                         "%.200s: a file of %llu bytes is larger than the 16 TiB that NTFS takes",
                         entry->path, (unsigned long long)entry->size);
    struct ntfs_stored *content = arena_alloc(&self->writer.tree.arena, sizeof(*content));
    if (!content)
        return error_no_memory(err);
    int rc = entry->size <= NTFS_CONTENT_RESIDENT_MAX
                 ? content_keep(self, entry, source, content, err)
                 : content_write(self, entry, source, content, err);
    if (rc < 0)
        return error_wrap(err, "%.200s", entry->path);
    file->content = content;
    return 0;
}

/* ---- too many names ---- */

struct links {
    struct tree_links base;
    struct ntfs_sink *sink;
};

static int runs_copy(struct ntfs_sink *self, const struct ntfs_run *run, uint8_t *buffer,
                     struct error *err)
{
    struct ntfs_volume *volume = &self->writer.volume;
    if (run->cluster == NTFS_HOLE)
        return ntfs_runs_add(&self->runs, NTFS_HOLE, run->length, err);
    for (uint64_t at = 0; at < run->length; at += COPY_CLUSTERS) {
        uint64_t rest = run->length - at;
        uint64_t n = rest < COPY_CLUSTERS ? rest : COPY_CLUSTERS;
        uint64_t to = ntfs_volume_take(volume, n);
        if (cancel_check(err) < 0 ||
            ntfs_volume_read(volume, buffer, run->cluster + at, n, err) < 0 ||
            ntfs_volume_write(volume, buffer, to, n, err) < 0 ||
            ntfs_runs_add(&self->runs, to, n, err) < 0)
            return -1;
    }
    return 0;
}

static int content_copy(struct tree_links *links, const struct tree_file *from,
                        struct tree_file *to, struct error *err)
{
    struct ntfs_sink *self = ((struct links *)links)->sink;
    const struct ntfs_stored *content = from->content;
    AUTO_FREE uint8_t *buffer = malloc(COPY_CLUSTERS * NTFS_CLUSTER_BYTES);
    struct ntfs_stored *copy = arena_alloc(&self->writer.tree.arena, sizeof(*copy));
    struct ntfs_runs *runs = NULL;

    if (!buffer || !copy)
        return error_no_memory(err);
    *copy = *content;
    ntfs_runs_clear(&self->runs);
    for (size_t i = 0; content->runs && i < content->runs->n; i++) {
        if (runs_copy(self, &content->runs->list[i], buffer, err) < 0)
            return -1;
    }
    if (content->runs && ntfs_runs_keep(&self->runs, &self->writer.tree.arena, &runs, err) < 0)
        return -1;
    copy->runs = runs;
    to->content = copy;
    return 0;
}

/* The first file is told once. */
static int part_made(struct tree_links *links, const struct tree_file *from,
                     const struct tree_file *to, struct error *err)
{
    struct ntfs_writer *writer = &((struct links *)links)->sink->writer;
    size_t n = writer->n_part_files;
    bool known = n > 0 && writer->part_files[n - 1].first == from;
    if (!known && ntfs_writer_part(writer, from, from, err) < 0)
        return -1;
    return ntfs_writer_part(writer, from, to, err);
}

static int links_split(struct ntfs_sink *self, struct error *err)
{
    bool kept = !self->options.no_carrier;
    struct links links = {
        .base =
            {
                .tree = &self->writer.tree,
                .events = kept ? NULL : self->options.events,
                .format = "NTFS",
                .max = NTFS_LINKS_MAX,
                .allowed = true, /* so few that real trees have more */
                .copy = content_copy,
                .made = kept ? part_made : NULL,
            },
        .sink = self,
    };
    return tree_links_split(&links.base, err);
}

/* ---- finishing ---- */

static int serial_choose(struct ntfs_sink *self, struct sha256 *identity, struct error *err)
{
    struct le64 serial;
    if (self->writer.volume.now.fixed) {
        if (identity_finish(&self->identity, identity, err) < 0)
            return -1;
        memcpy(&serial, identity, sizeof(serial));
    } else if (getrandom(&serial, sizeof(serial), 0) != sizeof(serial)) {
        return error_set(err, ERROR_INTERNAL, "no random numbers");
    }
    self->writer.volume.serial = le64_get(serial);
    return 0;
}

static int ntfs_finish(struct sink *sink, struct error *err)
{
    struct ntfs_sink *self = (struct ntfs_sink *)sink;
    struct ntfs_writer *writer = &self->writer;
    struct ntfs_system *system = NULL;
    struct sha256 identity;

    if (tree_finish(&writer->tree, err) < 0 || links_split(self, err) < 0 ||
        ntfs_writer_number(writer, err) < 0 || serial_choose(self, &identity, err) < 0 ||
        ntfs_writer_place(writer, err) < 0)
        return -1;
    int rc = ntfs_system_plan(&system, writer, err);
    self->counted = rc == 0;
    if (rc == 0 && ntfs_volume_is_short(&writer->volume))
        rc = error_set(err, ERROR_NO_SPACE,
                       "the volume is full, and %llu clusters of 4 KiB are missing",
                       (unsigned long long)(writer->volume.next - writer->volume.clusters));
    if (rc == 0)
        rc = ntfs_system_write(system, err);
    ntfs_system_free(system);
    if (rc == 0 && writer->volume.now.fixed)
        rc = blockdev_identify(self->dev, &identity, err);
    return rc;
}

static int ntfs_need(struct sink *sink, struct sink_need *out, UNUSED struct error *err)
{
    const struct ntfs_sink *self = (const struct ntfs_sink *)sink;
    if (!self->counted)
        return 0;
    *out = (struct sink_need){.bytes = ntfs_volume_need(&self->writer.volume)};
    return 1;
}

/* ---- the sink ---- */

static int ntfs_begin(struct sink *sink, struct error *err)
{
    struct ntfs_sink *self = (struct ntfs_sink *)sink;
    struct ntfs_writer *writer = &self->writer;

    if (ntfs_volume_begin(&writer->volume, self->dev, err) < 0 ||
        tree_init(&writer->tree, err) < 0 || ntfs_upcase_make(&writer->upcase, err) < 0)
        return -1;
    struct tree_file *root = writer->tree.root;
    root->mtime = root->atime = root->ctime = root->crtime =
        (struct entry_time){.seconds = writer->volume.now.seconds};
    return identity_begin(&self->identity, scheme, &writer->volume.now, self->dev->size, 0, err);
}

static int ntfs_examine(struct sink *sink, const struct entry *entry, UNUSED struct error *err)
{
    ntfs_examine_entry(entry, sink->events);
    return 0;
}

static int ntfs_examine_carried(struct sink *sink, const struct entry *entry,
                                UNUSED struct error *err)
{
    ntfs_examine_carrier(entry, sink->events);
    return 0;
}

static int ntfs_kept(UNUSED struct sink *sink, struct entry *entry, struct arena *arena,
                     struct error *err)
{
    return ntfs_kept_entry(entry, arena, err);
}

static bool is_carried(UNUSED void *context, struct xattr *xattr)
{
    return ntfs_carrier_holds(xattr->name);
}

static int ntfs_kept_carried(UNUSED struct sink *sink, struct entry *entry, struct arena *arena,
                             struct error *err)
{
    return kept_xattrs(entry, arena, is_carried, NULL, err);
}

static void ntfs_close(struct sink *sink)
{
    struct ntfs_sink *self = (struct ntfs_sink *)sink;
    identity_free(&self->identity);
    ntfs_runs_free(&self->runs);
    ntfs_writer_free(&self->writer);
    free(self);
}

enum {
    WSLFS_FEATURES = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_DEVICES |
                     SINK_SOCKETS | SINK_HOLES,
};

static const struct sink_ops wslfs_ops = {
    .features = WSLFS_FEATURES,
    .reason = "the translation backend has no form for it",
    .examine = ntfs_examine,
    .kept = ntfs_kept,
    .begin = ntfs_begin,
    .put = ntfs_put,
    .finish = ntfs_finish,
    .need = ntfs_need,
    .close = ntfs_close,
};

/* With a carrier for all else. */
static const struct sink_ops carrier_ops = {
    .features = WSLFS_FEATURES | SINK_ACLS | SINK_FLAGS,
    .reason = "the carrier has no form for it",
    .examine = ntfs_examine_carried,
    .kept = ntfs_kept_carried,
    .begin = ntfs_begin,
    .put = ntfs_put,
    .finish = ntfs_finish,
    .need = ntfs_need,
    .close = ntfs_close,
};

int ntfs_sink(struct sink **out, struct blockdev *dev, const struct sink_options *options,
              struct error *err)
{
    AUTO_FREE struct ntfs_sink *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    if (ntfs_above_parse(&self->writer.above, options->root_path ? options->root_path : root_path,
                         err) < 0)
        return -1;
    self->sink.ops = options->no_carrier ? &wslfs_ops : &carrier_ops;
    self->sink.events = options->events;
    self->sink.links_max = options->no_carrier ? NTFS_LINKS_MAX : 0; /* parts are one again */
    self->dev = dev;
    self->options = *options;
    self->writer.no_carrier = options->no_carrier;
    *out = &steal(&self)->sink;
    return 0;
}

uint64_t ntfs_size_fitted(const struct tree_totals *totals)
{
    return FITTED_BYTES_FIXED + totals->data_bytes + totals->other_bytes +
           totals->files * FITTED_BYTES_PER_FILE;
}
