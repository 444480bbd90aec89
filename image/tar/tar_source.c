/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_source.h"

#include <errno.h>
#include <locale.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/libarchive.h"
#include "image/entry_flags.h"
#include "image/path.h"
#include "image/tar/tar_header.h"
#include "image/tar/tar_map.h"
#include "image/tar/tar_time.h"
#include "image/tar/tar_xattr.h"

enum {
    BLOCK_BYTES = 512, /* of the format; an archive ends with two of zeros */
};

struct tar {
    struct source source;
    struct stream *stream;
    struct events *events;
    struct archive *archive;
    /* libarchive converts pax's UTF-8 to the locale's encoding, and composes accents on the way
     * where that is UTF-8 as well; what it cannot convert it leaves alone, as names must be. */
    locale_t ascii;
    const void *chunk;  /* of the stream, that libarchive has */
    size_t taken;       /* its bytes */
    struct error error; /* of the stream, on its way through libarchive */

    uint8_t last[BLOCK_BYTES]; /* the newest bytes of the archive */
    uint64_t passed;
    uint64_t n_entries;
    bool ended;
    bool root_seen; /* something that a root file system has came by */

    struct tar_header header; /* of the member, as far as it is no longer in chunk */
    uint64_t header_at;       /* of the member; ~0: none yet */
    bool in_header;           /* libarchive reads the next */

    struct archive_entry *member;
    struct entry entry;
    struct tar_map map;
    char *path, *target;
    struct tar_xattrs xattrs;
};

/* ---- the stream below ---- */

static void last_note(struct tar *self, const uint8_t *bytes, size_t n)
{
    self->passed += n;
    if (n >= BLOCK_BYTES) {
        memcpy(self->last, bytes + n - BLOCK_BYTES, BLOCK_BYTES);
        return;
    }
    memmove(self->last, self->last + n, BLOCK_BYTES - n);
    memcpy(self->last + BLOCK_BYTES - n, bytes, n);
}

static uint64_t consumed(const struct tar *self)
{
    int64_t n = libarchive()->filter_bytes(self->archive, 0);
    return n > 0 ? (uint64_t)n : 0;
}

static uint64_t header_begin(const struct tar *self)
{
    return (uint64_t)libarchive()->read_header_position(self->archive);
}

/* Before the chunk goes: what a header that is being read has in it. A header may also begin in
 * what libarchive has got and not consumed yet. */
static int chunk_keep(struct tar *self, struct error *err)
{
    if (self->taken == 0 || self->ended)
        return 0;
    bool begun = self->in_header && header_begin(self) != self->header_at;
    return tar_header_keep(&self->header, begun ? header_begin(self) : consumed(self), self->chunk,
                           self->taken, self->passed - self->taken, err);
}

static ssize_t bytes_next(struct tar *self, const void **buf, struct error *err)
{
    if (chunk_keep(self, err) < 0)
        return -1;
    if (self->taken)
        stream_advance(self->stream, self->taken);
    ssize_t n = stream_peek(self->stream, buf, err);
    self->taken = n > 0 ? (size_t)n : 0;
    self->chunk = *buf;
    if (n > 0)
        last_note(self, *buf, (size_t)n);
    return n;
}

/* The records of the header that libarchive has just read. */
static int records_get(struct tar *self, struct tar_record **out, size_t *n, struct error *err)
{
    uint64_t chunk_at = self->passed - self->taken, end = consumed(self);
    if (end > chunk_at && tar_header_keep(&self->header, self->header_at, self->chunk,
                                          (size_t)(end - chunk_at), chunk_at, err) < 0)
        return -1;
    return tar_header_records(&self->header, self->header_at, out, n, err);
}

static la_ssize_t input_read(struct archive *archive, void *context, const void **buf)
{
    struct tar *self = context;
    ssize_t n = bytes_next(self, buf, &self->error);
    if (n < 0)
        libarchive()->set_error(archive, EIO, "%s", self->error.text);
    return n;
}

static int tar_failed(struct tar *self, struct error *err)
{
    if (self->error.code != ERROR_NONE) {
        if (err)
            *err = self->error;
        return -1;
    }
    const char *words = libarchive()->error_string(self->archive);
    return error_set(
        err, ERROR_DAMAGED,
        "the archive is damaged or cut short after %llu entries (%s); download or make "
        "it again",
        (unsigned long long)self->n_entries, words ? words : "no reason given");
}

/* The rest of the input, so that nothing below goes unchecked; then the end-of-archive mark. */
static int tar_end(struct tar *self, struct error *err)
{
    static const uint8_t zeros[BLOCK_BYTES];
    const void *bytes;
    uint64_t padding = 0;
    ssize_t n;

    self->ended = true;
    while ((n = bytes_next(self, &bytes, err)) > 0) {
        padding += (size_t)n;
        if (padding > TAR_PADDING_BYTES_MAX)
            return error_set(err, ERROR_LIMIT,
                             "more than %d MiB follow the end of the archive, after %llu entries; "
                             "cut them off or make it again",
                             TAR_PADDING_BYTES_MAX >> 20, (unsigned long long)self->n_entries);
    }
    if (n < 0)
        return -1;
    if (self->n_entries == 0)
        return error_set(err, ERROR_WRONG_KIND,
                         "the archive has no entries; a distribution's root file system is "
                         "expected");
    if (self->passed < BLOCK_BYTES || memcmp(self->last, zeros, BLOCK_BYTES) != 0)
        return error_set(
            err, ERROR_DAMAGED,
            "the archive ends in something other than the zeros of its mark: after %llu entries it "
            "was cut short, or something was appended; download or make it again",
            (unsigned long long)self->n_entries);
    return 0;
}

/* ---- members ---- */

static int string_set(char **to, const char *from, struct error *err)
{
    free(*to);
    *to = strdup(from);
    return *to ? 0 : error_no_memory(err);
}

static int member_type(struct tar *self, enum entry_type *out, struct error *err)
{
    mode_t mode = libarchive()->entry_filetype(self->member);
    if (entry_type_of(mode, out))
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%.200s is of a kind that is not known (%o); it cannot be kept", self->path,
                     mode);
}

static int member_id(struct tar *self, int64_t id, const char *what, uint32_t *out,
                     struct error *err)
{
    if (id < 0 || id >= UINT32_MAX)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%.200s has the %s %lld; Linux has 0 to 4294967294; make the archive "
                         "again with other owners (tar --owner, --group)",
                         self->path, what, (long long)id);
    *out = (uint32_t)id;
    return 0;
}

static int member_target(struct tar *self, const char *target, struct error *err)
{
    size_t n = target ? strlen(target) : 0;
    if (n == 0 || n > TARGET_BYTES_MAX)
        return error_set(err, ERROR_DAMAGED,
                         "the symbolic link %.200s has a target of %zu bytes; Linux allows 1 to "
                         "%d; make the archive again without it",
                         self->path, n, TARGET_BYTES_MAX);
    if (string_set(&self->target, target, err) < 0)
        return -1;
    self->entry.target = self->target;
    return 0;
}

static int member_link(struct tar *self, const char *target, struct error *err)
{
    if (string_set(&self->target, target, err) < 0)
        return -1;
    if (path_clean(self->target, err) < 0)
        return error_wrap(err, "target of the hard link %.200s", self->path);
    self->entry.type = ENTRY_LINK;
    self->entry.target = self->target;
    return 0;
}

static uint16_t member_flags(struct archive_entry *member)
{
    unsigned long set, clear;
    libarchive()->entry_fflags(member, &set, &clear);
    return entry_flags_from_linux((uint32_t)set);
}

static int member_read(struct tar *self, struct error *err)
{
    AUTO_FREE struct tar_record *records = NULL;
    size_t n = 0;
    struct archive_entry *member = self->member;
    struct entry *entry = &self->entry;
    const char *path = libarchive()->entry_pathname(member);

    *entry = (struct entry){0};
    if (!path)
        return error_set(err, ERROR_DAMAGED,
                         "entry %llu has no name that can be read; make the archive again",
                         (unsigned long long)self->n_entries);
    if (string_set(&self->path, path, err) < 0)
        return -1;
    if (path_clean(self->path, err) < 0)
        return -1;
    entry->path = self->path;

    const char *link = libarchive()->entry_hardlink(member);
    if (link)
        return member_link(self, link, err);
    if (member_type(self, &entry->type, err) < 0 ||
        member_id(self, libarchive()->entry_uid(member), "user id", &entry->uid, err) < 0 ||
        member_id(self, libarchive()->entry_gid(member), "group id", &entry->gid, err) < 0)
        return -1;
    if (entry->type == ENTRY_SYMLINK &&
        member_target(self, libarchive()->entry_symlink(member), err) < 0)
        return -1;
    entry->mode = libarchive()->entry_perm(member) & MODE_PERMISSIONS;
    if (entry->type == ENTRY_CHARACTER || entry->type == ENTRY_BLOCK) {
        entry->major = (uint32_t)libarchive()->entry_rdevmajor(member);
        entry->minor = (uint32_t)libarchive()->entry_rdevminor(member);
    }
    if (entry->type == ENTRY_FILE) {
        int64_t size = libarchive()->entry_size(member);
        if (size < 0)
            return error_set(err, ERROR_DAMAGED,
                             "%.200s has a negative size; download or make the archive again",
                             self->path);
        entry->size = (uint64_t)size;
    }
    if (entry->type == ENTRY_FILE || entry->type == ENTRY_DIRECTORY)
        entry->flags = member_flags(member);
    if ((tar_time_wants_records(member) || tar_xattrs_want_records(member)) &&
        records_get(self, &records, &n, err) < 0)
        return -1;
    tar_time_read(entry, member, records, n);
    if (tar_xattrs_read(&self->xattrs, member, records, n, err) < 0)
        return error_wrap(err, "%.200s", self->path);
    if (self->xattrs.nameless)
        event_loss(self->events, "acl", self->path,
                   "the access control list has an entry for \"%s\" without a number; it is left "
                   "out (bsdtar writes numbers)",
                   self->xattrs.nameless);
    /* With a mask, the group bits of a mode are the mask; libarchive has the owning group's. */
    if (self->xattrs.mask != TAR_NO_MASK)
        entry->mode = (uint16_t)((entry->mode & ~070) | self->xattrs.mask << 3);
    entry->xattrs = self->xattrs.list;
    entry->n_xattrs = self->xattrs.n;
    return 0;
}

static bool starts(const char *path, const char *directory)
{
    size_t n = strlen(directory);
    return strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/');
}

/* An image for a container engine is a tar of tars, with nothing else beside them: say so at once,
 * not after gigabytes. */
static int layers_refuse(struct tar *self, struct error *err)
{
    static const char layer[] = "/layer.tar";
    const char *path = self->entry.path;
    size_t n = strlen(path);

    self->root_seen = self->root_seen || starts(path, "etc") || starts(path, "usr");
    bool is_layer = starts(path, "blobs/sha256") ||
                    (n >= sizeof(layer) && strcmp(path + n - strlen(layer), layer) == 0);
    if (!is_layer || self->root_seen)
        return 0;
    return error_set(err, ERROR_WRONG_KIND,
                     "an image archive of a container engine (docker save, OCI layout) is no root "
                     "file system; make one with \"docker export CONTAINER\" or \"podman export "
                     "CONTAINER\"");
}

/* Whether a warning is about a name that could not be converted, and is as it was. */
static bool left_alone(const char *warning)
{
    return warning && strstr(warning, "can't be converted from UTF-8");
}

static int tar_next(struct source *source, const struct entry **out, struct error *err)
{
    struct tar *self = (struct tar *)source;
    if (self->ended)
        return 0;

    locale_t before = uselocale(self->ascii);
    self->in_header = true;
    int rc = libarchive()->read_next_header(self->archive, &self->member);
    self->in_header = false;
    self->header_at = header_begin(self);
    int read = 0;
    if (rc == ARCHIVE_OK || rc == ARCHIVE_WARN) {
        self->n_entries++;
        read = member_read(self, err);
    }
    uselocale(before);

    if (rc == ARCHIVE_EOF)
        return tar_end(self, err);
    if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
        return tar_failed(self, err);
    if (read < 0 || layers_refuse(self, err) < 0)
        return -1;
    if (rc == ARCHIVE_WARN && !left_alone(libarchive()->error_string(self->archive)))
        event_warning(self->events, "%s: %s", self->entry.path,
                      libarchive()->error_string(self->archive));
    *out = &self->entry;
    return 1;
}

static int tar_content(struct source *source, struct content *out, struct error *err)
{
    struct tar *self = (struct tar *)source;
    la_int64_t offset;
    /* pax may say a file's content once more with each of its hard links. */
    if (self->entry.type != ENTRY_FILE)
        return 0;
    int rc = libarchive()->read_data_block(self->archive, &out->bytes, &out->n, &offset);
    if (rc == ARCHIVE_EOF)
        return 0;
    if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
        return tar_failed(self, err);
    if (offset < 0)
        return error_set(
            err, ERROR_DAMAGED,
            "%.200s: a sparse map with a negative offset; download or make the archive again",
            self->path);
    out->offset = (uint64_t)offset;
    return 1;
}

static int tar_map(struct source *source, const struct data_extent **out, size_t *n,
                   struct error *err)
{
    struct tar *self = (struct tar *)source;
    return tar_map_read(&self->map, self->member, self->entry.size, out, n, err);
}

static void tar_close(struct source *source)
{
    struct tar *self = (struct tar *)source;
    libarchive()->read_free(self->archive);
    stream_close(self->stream);
    if (self->ascii)
        freelocale(self->ascii);
    tar_xattrs_free(&self->xattrs);
    tar_header_free(&self->header);
    tar_map_free(&self->map);
    free(self->path);
    free(self->target);
    free(self);
}

static const struct source_ops tar_ops = {
    .next = tar_next,
    .content = tar_content,
    .map = tar_map,
    .close = tar_close,
};

int tar_source(struct source **out, struct stream *stream, struct events *events, struct error *err)
{
    struct tar *self = NULL;
    int rc = libarchive_load(err);
    if (rc == 0 && !(self = calloc(1, sizeof(*self))))
        rc = error_no_memory(err);
    if (rc < 0) {
        stream_close(stream);
        return rc;
    }
    self->source.ops = &tar_ops;
    self->stream = stream;
    self->events = events;
    self->header_at = UINT64_MAX;
    self->archive = libarchive()->read_new();
    self->ascii = newlocale(LC_CTYPE_MASK, "C", NULL);

    if (!self->archive)
        rc = error_no_memory(err);
    else if (!self->ascii)
        rc = error_errno(err, errno, "the locale C is missing from this system");
    else if (libarchive()->read_support_format_tar(self->archive) != ARCHIVE_OK ||
             libarchive()->read_open(self->archive, self, NULL, input_read, NULL) != ARCHIVE_OK)
        rc = tar_failed(self, err);
    if (rc < 0) {
        tar_close(&self->source);
        return rc;
    }
    *out = &self->source;
    return 0;
}
