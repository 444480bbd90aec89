/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_sink.h"

#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/cancel.h"
#include "core/libarchive.h"
#include "image/entry_flags.h"
#include "image/kept.h"
#include "image/tar/tar_pax.h"
#include "image/tar/tar_sink_acl.h"
#include "image/tar/tar_sink_content.h"
#include "image/tar/tar_sink_output.h"
#include "image/tar/tar_xattr_name.h"
#include "image/text_set.h"

enum {
    SECOND_NS = 1000000000,
};

struct tar_sink {
    struct sink sink;
    struct tar_sink_output *output;
    struct archive *archive;
    struct archive_entry *member;
    locale_t utf8; /* names are converted from the locale's encoding to UTF-8: make it the same */
    struct error error; /* of the output, on its way through libarchive */
    bool closing;       /* nothing is taken any more from libarchive, which wants to finish */

    char *path, *target; /* with "./" before them */
    size_t path_size, target_size;
    struct tar_sink_content content;
    struct tar_pax pax; /* what libarchive does not write of the current header */
    bool capture;       /* it is writing one, into header */
    struct tar_pax_bytes header;
    struct text_set omitted; /* paths of sockets */
};

/* ---- libarchive ---- */

static la_ssize_t output_write(UNUSED struct archive *archive, void *context, const void *bytes,
                               size_t n)
{
    struct tar_sink *self = context;
    if (self->closing)
        return -1;
    int rc = self->capture ? tar_pax_bytes_add(&self->header, bytes, n, &self->error)
                           : tar_sink_output_write(self->output, bytes, n, &self->error);
    if (rc < 0)
        return -1;
    return (la_ssize_t)n;
}

static int tar_failed(struct tar_sink *self, struct error *err)
{
    if (self->error.code == ERROR_NONE && libarchive()->error_code(self->archive) == ENOMEM)
        return error_no_memory(err);
    if (self->error.code == ERROR_NONE)
        return error_set(err, ERROR_INTERNAL, "the archive cannot be written (%s)",
                         libarchive()->error_string(self->archive));
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
 * seconds alone: it cannot write "-0.25". */
static struct entry_time time_convert(struct tar_sink *self, const char *key,
                                      const struct entry_time *from)
{
    if (from->seconds >= 0 || from->nanoseconds == 0)
        return *from;
    if (from->seconds == -1)
        tar_pax_time(&self->pax, key);
    return (struct entry_time){
        .seconds = from->seconds == -1 ? -1 : from->seconds + 1,
        .nanoseconds = SECOND_NS - from->nanoseconds,
    };
}

static bool time_equal(const struct entry_time *a, const struct entry_time *b)
{
    return a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

/* A time beside that of modification, where it is another. */
static int time_set(struct tar_sink *self, const struct entry *entry, const char *key,
                    const struct entry_time *time,
                    void (*set)(struct archive_entry *member, time_t seconds, long nanoseconds),
                    struct error *err)
{
    if (time_equal(time, &entry->mtime))
        return 0;
    if (time->seconds == 0 && time->nanoseconds == 0)
        return tar_pax_epoch(&self->pax, key, err);
    struct entry_time at = time_convert(self, key, time);
    set(self->member, at.seconds, at.nanoseconds);
    return 0;
}

static int times_set(struct tar_sink *self, const struct entry *entry, struct error *err)
{
    struct entry_time at = time_convert(self, "mtime", &entry->mtime);
    libarchive()->entry_set_mtime(self->member, at.seconds, at.nanoseconds);
    if (time_set(self, entry, "atime", &entry->atime, libarchive()->entry_set_atime, err) < 0)
        return -1;
    return time_set(self, entry, "ctime", &entry->ctime, libarchive()->entry_set_ctime, err);
}

/* Whether there is room for one more attribute beside those that take *total bytes. */
static bool xattr_fits(const struct xattr *xattr, size_t *total)
{
    size_t n = strlen(xattr->name) + xattr->size;
    if (!tar_xattr_name_plain(xattr->name)) /* two records, encoded */
        n += 5 * strlen(xattr->name) + xattr->size / 3 * 4;
    if (n > TAR_SINK_XATTRS_BYTES - *total)
        return false;
    *total += n;
    return true;
}

static int xattrs_set(struct tar_sink *self, const struct entry *entry, struct error *err)
{
    size_t total = 0;
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct xattr *xattr = &entry->xattrs[i];
        if (!xattr_fits(xattr, &total) || tar_sink_acl(self->member, xattr, entry->mode))
            continue;
        if (tar_xattr_name_direct(xattr->name))
            libarchive()->entry_xattr_add_entry(self->member, xattr->name, xattr->value,
                                                xattr->size);
        else if (tar_pax_xattr(&self->pax, xattr, err) < 0)
            return error_wrap(err, "%.200s", entry->path);
    }
    return 0;
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
    libarchive()->entry_clear(self->member);
    tar_pax_clear(&self->pax);
    if (name_set(&self->path, &self->path_size, entry->path, err) < 0)
        return -1;
    libarchive()->entry_copy_pathname(self->member, self->path);
    libarchive()->entry_set_filetype(self->member, member_type(entry->type));
    if (entry->type == ENTRY_LINK) {
        if (name_set(&self->target, &self->target_size, entry->target, err) < 0)
            return -1;
        libarchive()->entry_copy_hardlink(self->member, self->target);
        return 0;
    }
    libarchive()->entry_set_perm(self->member, entry->mode & MODE_PERMISSIONS);
    libarchive()->entry_set_uid(self->member, entry->uid);
    libarchive()->entry_set_gid(self->member, entry->gid);
    if (entry->type == ENTRY_FILE)
        libarchive()->entry_set_size(self->member, (int64_t)entry->size);
    if (entry->type == ENTRY_SYMLINK)
        libarchive()->entry_copy_symlink(self->member, entry->target);
    if (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK) {
        libarchive()->entry_set_rdevmajor(self->member, entry->major);
        libarchive()->entry_set_rdevminor(self->member, entry->minor);
    }
    if (entry->flags)
        libarchive()->entry_set_fflags(self->member, entry_flags_to_linux(entry->flags), 0);
    return times_set(self, entry, err) < 0 ? -1 : xattrs_set(self, entry, err);
}

/* A warning is about a name that is no UTF-8: it was written as bytes. */
static int header_write(struct tar_sink *self, struct error *err)
{
    locale_t before = uselocale(self->utf8);
    int rc = libarchive()->write_header(self->archive, self->member);
    uselocale(before);
    return rc == ARCHIVE_OK || rc == ARCHIVE_WARN ? 0 : tar_failed(self, err);
}

static int member_write(struct tar_sink *self, struct error *err)
{
    if (tar_pax_is_empty(&self->pax))
        return header_write(self, err);
    /* The padding of the member before is no part of the header. */
    if (libarchive()->write_finish_entry(self->archive) != ARCHIVE_OK)
        return tar_failed(self, err);
    self->header.n = 0;
    self->capture = true;
    int rc = header_write(self, err);
    self->capture = false;
    if (rc < 0 || tar_pax_apply(&self->pax, &self->header, err) < 0)
        return -1;
    return tar_sink_output_write(self->output, self->header.bytes, self->header.n, err);
}

/* ---- content ---- */

static int data_write(void *context, const void *bytes, size_t n, struct error *err)
{
    struct tar_sink *self = context;
    return libarchive()->write_data(self->archive, bytes, n) == (la_ssize_t)n
               ? 0
               : tar_failed(self, err);
}

static int file_put(struct tar_sink *self, const struct entry *entry, struct source *source,
                    struct error *err)
{
    if (tar_sink_content_begin(&self->content, self->member, source, entry->size, err) < 0)
        return -1;
    if (libarchive()->entry_sparse_count(self->member) > 0 &&
        tar_pax_sparse_name(&self->pax, self->path, err) < 0)
        return -1;
    if (member_write(self, err) < 0)
        return -1;
    return tar_sink_content_write(&self->content, source, entry->size, err);
}

/* ---- sockets ---- */

/* Whether the entry, or the file that it is one more name for, cannot be in an archive. */
static bool is_left_out(const struct tar_sink *self, const struct entry *entry)
{
    return entry->type == ENTRY_SOCKET ||
           (entry->type == ENTRY_LINK && text_set_has(&self->omitted, entry->target));
}

/* ---- the sink ---- */

static int tar_examine(struct sink *sink, const struct entry *entry, struct error *err)
{
    struct tar_sink *self = (struct tar_sink *)sink;
    size_t total = 0;
    if (is_left_out(self, entry)) {
        if (entry->type == ENTRY_LINK)
            event_loss(sink->events, "socket", entry->path, "one more name of a socket (%s)",
                       sink->ops->reason);
        return text_set_add(&self->omitted, entry->path, err);
    }
    if (entry->type == ENTRY_LINK)
        return 0;
    for (size_t i = 0; i < entry->n_xattrs; i++)
        if (!xattr_fits(&entry->xattrs[i], &total))
            event_loss(sink->events, "xattr", entry->path,
                       "extended attribute %s (all together are longer than readers of tar take)",
                       entry->xattrs[i].name);
    return 0;
}

static bool is_kept(void *total, struct xattr *xattr)
{
    return xattr_fits(xattr, total);
}

static int tar_kept(UNUSED struct sink *sink, struct entry *entry, struct arena *arena,
                    struct error *err)
{
    size_t total = 0;
    return kept_xattrs(entry, arena, is_kept, &total, err);
}

static int tar_begin(UNUSED struct sink *sink, UNUSED struct error *err)
{
    return 0;
}

static int tar_put(struct sink *sink, const struct entry *entry, struct source *content,
                   struct error *err)
{
    struct tar_sink *self = (struct tar_sink *)sink;
    if (is_left_out(self, entry))
        return 0;
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
    if (libarchive()->write_close(self->archive) != ARCHIVE_OK)
        return tar_failed(self, err);
    return tar_sink_output_finish(self->output, err);
}

static void tar_close(struct sink *sink)
{
    struct tar_sink *self = (struct tar_sink *)sink;
    self->closing = true;
    libarchive()->write_free(self->archive);
    tar_sink_output_free(self->output);
    libarchive()->entry_free(self->member);
    if (self->utf8)
        freelocale(self->utf8);
    text_set_free(&self->omitted);
    tar_sink_content_free(&self->content);
    tar_pax_free(&self->pax);
    free(self->header.bytes);
    free(self->path);
    free(self->target);
    free(self);
}

static const struct sink_ops tar_ops = {
    .features = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
                SINK_DEVICES | SINK_HOLES | SINK_FLAGS,
    .reason = "tar has no form for it",
    .examine = tar_examine,
    .kept = tar_kept,
    .begin = tar_begin,
    .put = tar_put,
    .finish = tar_finish,
    .close = tar_close,
};

static int tar_open(struct tar_sink *self, int fd, const char *name, enum kind compression,
                    struct error *err)
{
    self->archive = libarchive()->write_new();
    self->member = libarchive()->entry_new();
    self->content.write = data_write;
    self->content.context = self;
    self->utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", NULL);
    if (!self->archive || !self->member)
        return error_no_memory(err);
    if (!self->utf8)
        return error_errno(err, errno, "the locale C.UTF-8 is missing from this system");
    if (tar_sink_output_new(&self->output, fd, name, compression, err) < 0)
        return -1;
    if (libarchive()->write_set_format_pax(self->archive) != ARCHIVE_OK ||
        libarchive()->write_set_format_option(self->archive, NULL, "xattrheader", "SCHILY") !=
            ARCHIVE_OK ||
        libarchive()->write_set_bytes_per_block(self->archive, 0) != ARCHIVE_OK ||
        libarchive()->write_open(self->archive, self, NULL, output_write, NULL) != ARCHIVE_OK)
        return tar_failed(self, err);
    return 0;
}

int tar_sink(struct sink **out, int fd, const char *name, enum kind compression,
             const struct sink_options *options, struct error *err)
{
    if (libarchive_load(err) < 0)
        return -1;
    struct tar_sink *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->sink.ops = &tar_ops;
    self->sink.events = options->events;
    if (tar_open(self, fd, name, compression, err) < 0) {
        tar_close(&self->sink);
        return -1;
    }
    *out = &self->sink;
    return 0;
}
