/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_sink.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "image/tar/tar_sink_acl.h"
#include "image/tar/tar_sink_gather.h"
#include "image/tar/tar_sink_omitted.h"
#include "image/tar/tar_sink_output.h"

enum {
    SECOND_NS = 1000000000,
    ZEROS_BYTES = 1 << 20,
};

struct tar_sink {
    struct sink sink;
    struct events *events;
    struct tar_sink_output *output;
    struct archive *archive;
    struct archive_entry *member;
    locale_t utf8; /* names are converted from the locale's encoding to UTF-8: make it the same */
    struct error error; /* of the output, on its way through libarchive */
    bool closing;       /* nothing is taken any more from libarchive, which wants to finish */

    char *path, *target; /* with "./" before them */
    size_t path_size, target_size;
    struct tar_sink_gather gather;
    uint64_t position; /* in the current file: what was written */
    uint8_t *zeros;
    struct omitted omitted; /* sockets */
};

/* ---- libarchive ---- */

static la_ssize_t output_write(UNUSED struct archive *archive, void *context, const void *bytes,
                               size_t n)
{
    struct tar_sink *self = context;
    if (self->closing || tar_sink_output_write(self->output, bytes, n, &self->error) < 0)
        return -1;
    return (la_ssize_t)n;
}

static int tar_failed(struct tar_sink *self, struct error *err)
{
    if (self->error.code == ERROR_NONE && archive_errno(self->archive) == ENOMEM)
        return error_no_memory(err);
    if (self->error.code == ERROR_NONE)
        return error_set(err, ERROR_INTERNAL, "the archive cannot be written (%s)",
                         archive_error_string(self->archive));
    if (err)
        *err = self->error;
    return -1;
}

/* ---- the header of a member ---- */

static int name_set(char **buffer, size_t *size, const char *path, struct error *err)
{
    size_t n = strlen(path) + sizeof("./");
    if (n > *size) {
        char *grown = realloc(*buffer, n);
        if (!grown)
            return error_no_memory(err);
        *buffer = grown;
        *size = n;
    }
    stpcpy(stpcpy(*buffer, "./"), path);
    return 0;
}

/* pax has "-1.25" for what is -2 s and 750000000 ns here, and libarchive puts the sign before the
 * seconds alone: the last second before 1970 has no form. */
static struct entry_time time_convert(struct tar_sink *self, const struct entry *entry,
                                      const struct entry_time *from)
{
    if (from->seconds >= 0 || from->nanoseconds == 0)
        return *from;
    if (from->seconds == -1) {
        event_loss(self->events, entry->path,
                   "a fraction of the last second before 1970 cannot be written; it is cut off");
        return (struct entry_time){.seconds = -1};
    }
    return (struct entry_time){from->seconds + 1, SECOND_NS - from->nanoseconds};
}

static bool time_equal(const struct entry_time *a, const struct entry_time *b)
{
    return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

static void times_set(struct tar_sink *self, const struct entry *entry)
{
    struct entry_time at = time_convert(self, entry, &entry->mtime);
    archive_entry_set_mtime(self->member, at.seconds, at.nanoseconds);
    if (!time_equal(&entry->atime, &entry->mtime)) {
        at = time_convert(self, entry, &entry->atime);
        archive_entry_set_atime(self->member, at.seconds, at.nanoseconds);
    }
    if (!time_equal(&entry->ctime, &entry->mtime)) {
        at = time_convert(self, entry, &entry->ctime);
        archive_entry_set_ctime(self->member, at.seconds, at.nanoseconds);
    }
}

static void xattrs_set(struct tar_sink *self, const struct entry *entry)
{
    size_t total = 0;
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct xattr *xattr = &entry->xattrs[i];
        size_t n = strlen(xattr->name) + xattr->size;
        if (n > TAR_SINK_XATTRS_BYTES - total) {
            event_loss(self->events, entry->path,
                       "the attribute %s is left out: all of them together are longer than "
                       "readers of tar take",
                       xattr->name);
            continue;
        }
        total += n;
        if (!tar_sink_acl(self->member, xattr, entry->mode))
            archive_entry_xattr_add_entry(self->member, xattr->name, xattr->value, xattr->size);
    }
}

static unsigned member_type(enum entry_type type)
{
    switch (type) {
    case ENTRY_DIRECTORY:
        return AE_IFDIR;
    case ENTRY_SYMLINK:
        return AE_IFLNK;
    case ENTRY_CHARACTER:
        return AE_IFCHR;
    case ENTRY_BLOCK:
        return AE_IFBLK;
    case ENTRY_FIFO:
        return AE_IFIFO;
    default:
        return AE_IFREG;
    }
}

static int member_set(struct tar_sink *self, const struct entry *entry, struct error *err)
{
    archive_entry_clear(self->member);
    if (name_set(&self->path, &self->path_size, entry->path, err) < 0)
        return -1;
    archive_entry_copy_pathname(self->member, self->path);
    archive_entry_set_filetype(self->member, member_type(entry->type));
    if (entry->type == ENTRY_LINK) {
        if (name_set(&self->target, &self->target_size, entry->target, err) < 0)
            return -1;
        archive_entry_copy_hardlink(self->member, self->target);
        return 0;
    }
    archive_entry_set_perm(self->member, entry->mode & MODE_PERMISSIONS);
    archive_entry_set_uid(self->member, entry->uid);
    archive_entry_set_gid(self->member, entry->gid);
    if (entry->type == ENTRY_FILE)
        archive_entry_set_size(self->member, (int64_t)entry->size);
    if (entry->type == ENTRY_SYMLINK)
        archive_entry_copy_symlink(self->member, entry->target);
    if (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK) {
        archive_entry_set_rdevmajor(self->member, entry->major);
        archive_entry_set_rdevminor(self->member, entry->minor);
    }
    times_set(self, entry);
    xattrs_set(self, entry);
    return 0;
}

/* A warning is about a name that is no UTF-8: it was written as bytes. */
static int member_write(struct tar_sink *self, struct error *err)
{
    locale_t before = uselocale(self->utf8);
    int rc = archive_write_header(self->archive, self->member);
    uselocale(before);
    return rc == ARCHIVE_OK || rc == ARCHIVE_WARN ? 0 : tar_failed(self, err);
}

/* ---- content ---- */

/* Never across a border between data and hole of a sparse member: libarchive would read past the
 * bytes. */
static int data_write(struct tar_sink *self, const void *bytes, size_t n, struct error *err)
{
    if (archive_write_data(self->archive, bytes, n) != (la_ssize_t)n)
        return tar_failed(self, err);
    self->position += n;
    return 0;
}

static int zeros_write(struct tar_sink *self, uint64_t end, struct error *err)
{
    while (self->position < end) {
        uint64_t n = end - self->position;
        if (cancel_check(err) < 0 ||
            data_write(self, self->zeros, n < ZEROS_BYTES ? (size_t)n : ZEROS_BYTES, err) < 0)
            return -1;
    }
    return 0;
}

/* What follows the gathered part goes in as one run. */
static void sparse_map_set(struct tar_sink *self, uint64_t size)
{
    const struct tar_sink_gather *gather = &self->gather;
    uint64_t rest = gather->next.n > 0 ? size - gather->next.offset : 0;
    if (size - gather->used - rest < TAR_SINK_SPARSE_BYTES)
        return;
    for (size_t i = 0; i < gather->n_runs; i++)
        archive_entry_sparse_add_entry(self->member, (int64_t)gather->runs[i].offset,
                                       (int64_t)gather->runs[i].length);
    if (rest > 0)
        archive_entry_sparse_add_entry(self->member, (int64_t)gather->next.offset, (int64_t)rest);
    else if (gather->n_runs == 0)
        archive_entry_sparse_add_entry(self->member, (int64_t)size, 0);
}

static int content_write(struct tar_sink *self, struct source *source, uint64_t size,
                         struct error *err)
{
    struct tar_sink_gather *gather = &self->gather;
    const uint8_t *from = gather->bytes;
    int rc = gather->next.n > 0;

    self->position = 0;
    for (size_t i = 0; i < gather->n_runs; i++) {
        const struct tar_sink_run *run = &gather->runs[i];
        if (zeros_write(self, run->offset, err) < 0 ||
            data_write(self, from, (size_t)run->length, err) < 0)
            return -1;
        from += run->length;
    }
    while (rc > 0) {
        if (zeros_write(self, gather->next.offset, err) < 0 ||
            data_write(self, gather->next.bytes, gather->next.n, err) < 0)
            return -1;
        rc = tar_sink_gather_next(gather, source, size, err);
    }
    return rc < 0 ? -1 : zeros_write(self, size, err);
}

static int file_put(struct tar_sink *self, const struct entry *entry, struct source *source,
                    struct error *err)
{
    uint64_t size = entry->size;
    if (tar_sink_gather_read(&self->gather, source, size, TAR_SINK_GATHER_BYTES, err) < 0)
        return -1;
    sparse_map_set(self, size);
    if (member_write(self, err) < 0)
        return -1;
    return content_write(self, source, size, err);
}

/* ---- sockets ---- */

/* Whether the entry, or the file that it is one more name for, cannot be in an archive. */
static bool is_left_out(const struct tar_sink *self, const struct entry *entry)
{
    return entry->type == ENTRY_SOCKET ||
           (entry->type == ENTRY_LINK && omitted_has(&self->omitted, entry->target));
}

static int leave_out(struct tar_sink *self, const struct entry *entry, struct error *err)
{
    event_loss(self->events, entry->path,
               "a socket has no place in a tar archive; it is left out, and what made it makes it "
               "again");
    return omitted_add(&self->omitted, entry->path, err);
}

/* ---- the sink ---- */

static int tar_begin(UNUSED struct sink *sink, UNUSED struct error *err)
{
    return 0;
}

static int tar_put(struct sink *sink, const struct entry *entry, struct source *content,
                   struct error *err)
{
    struct tar_sink *self = (struct tar_sink *)sink;
    if (is_left_out(self, entry))
        return leave_out(self, entry, err);
    if (member_set(self, entry, err) < 0)
        return -1;
    if (entry->type != ENTRY_FILE)
        return member_write(self, err);
    if (entry->size > INT64_MAX)
        return error_set(err, ERROR_LIMIT, "%.200s: a file of %llu bytes has no place in tar",
                         entry->path, (unsigned long long)entry->size);
    return file_put(self, entry, content, err);
}

static int tar_finish(struct sink *sink, struct error *err)
{
    struct tar_sink *self = (struct tar_sink *)sink;
    if (archive_write_close(self->archive) != ARCHIVE_OK)
        return tar_failed(self, err);
    return tar_sink_output_finish(self->output, err);
}

static void tar_close(struct sink *sink)
{
    struct tar_sink *self = (struct tar_sink *)sink;
    self->closing = true;
    archive_write_free(self->archive);
    tar_sink_output_free(self->output);
    archive_entry_free(self->member);
    if (self->utf8)
        freelocale(self->utf8);
    omitted_free(&self->omitted);
    tar_sink_gather_free(&self->gather);
    free(self->zeros);
    free(self->path);
    free(self->target);
    free(self);
}

static const struct sink_ops tar_ops = {
    .features = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
                SINK_DEVICES | SINK_HOLES,
    .begin = tar_begin,
    .put = tar_put,
    .finish = tar_finish,
    .close = tar_close,
};

static int tar_open(struct tar_sink *self, int fd, const char *name, enum kind compression,
                    struct error *err)
{
    self->archive = archive_write_new();
    self->member = archive_entry_new();
    self->zeros = calloc(1, ZEROS_BYTES);
    self->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    if (!self->archive || !self->member || !self->zeros)
        return error_no_memory(err);
    if (!self->utf8)
        return error_errno(err, errno, "the locale C.UTF-8 is missing from this system");
    if (tar_sink_output_new(&self->output, fd, name, compression, err) < 0)
        return -1;
    if (archive_write_set_format_pax(self->archive) != ARCHIVE_OK ||
        archive_write_set_format_option(self->archive, NULL, "xattrheader", "SCHILY") !=
            ARCHIVE_OK ||
        archive_write_set_bytes_per_block(self->archive, 0) != ARCHIVE_OK ||
        archive_write_open(self->archive, self, NULL, output_write, NULL) != ARCHIVE_OK)
        return tar_failed(self, err);
    return 0;
}

int tar_sink(struct sink **out, int fd, const char *name, enum kind compression,
             struct events *events, struct error *err)
{
    struct tar_sink *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->sink.ops = &tar_ops;
    self->events = events;
    if (tar_open(self, fd, name, compression, err) < 0) {
        tar_close(&self->sink);
        return -1;
    }
    *out = &self->sink;
    return 0;
}
