/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/filter/filter_overlay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "image/path.h"

enum {
    PIECE_BYTES = 256 * 1024, /* of a file of this machine, read at once */
    PARENT_MODE = 0755,       /* of directories that are made */
};

/* Comes at the end of the tree. */
struct overlay_file {
    struct overlay_file *next;
    struct tree_file *file; /* what it is in the tree */
    struct entry entry;     /* its strings and attributes are in the arena */
    char *bytes;            /* content, malloc'd */
    const char *host;       /* where it lies on this machine instead; NULL: it does not */
};

struct filter {
    struct source source;
    struct source *inner;
    struct overlay_editor *editor;
    struct overlay overlay;
    struct arena arena;
    bool passed;                /* the current entry is inner's */
    bool complete;              /* inner is at its end */
    bool ended;                 /* and so is what was added */
    struct overlay_file *added; /* the current entry, when complete */
    uint64_t at;                /* how much of its content was given */
    int fd;                     /* of its file on this machine */
    char *piece;
};

static struct filter *filter_of(struct overlay *overlay)
{
    return (struct filter *)((char *)overlay - offsetof(struct filter, overlay));
}

/* ---- copies of entries ---- */

static int keep_xattrs(struct arena *arena, struct entry *entry, struct error *err)
{
    struct xattr *xattrs = arena_alloc(arena, entry->n_xattrs * sizeof(*xattrs) + 1);
    if (!xattrs)
        return error_no_memory(err);
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct xattr *from = &entry->xattrs[i];
        xattrs[i] = (struct xattr){
            .name = arena_copy(arena, from->name, strlen(from->name)),
            .value = arena_copy(arena, from->value, from->size),
            .size = from->size,
        };
        if (!xattrs[i].name || !xattrs[i].value)
            return error_no_memory(err);
    }
    entry->xattrs = xattrs;
    return 0;
}

static int keep_text(struct arena *arena, const char **text, struct error *err)
{
    if (!*text)
        return 0;
    *text = arena_copy(arena, *text, strlen(*text));
    return *text ? 0 : error_no_memory(err);
}

/* A file that will come at the end: entry, without content. */
static struct overlay_file *file_keep(struct filter *self, const struct entry *entry,
                                      struct tree_file *file, struct error *err)
{
    struct overlay *overlay = &self->overlay;
    struct overlay_file *kept = arena_alloc(&self->arena, sizeof(*kept));
    if (!kept) {
        error_no_memory(err);
        return NULL;
    }
    kept->entry = *entry;
    kept->file = file;
    if (keep_text(&self->arena, &kept->entry.path, err) < 0 ||
        keep_text(&self->arena, &kept->entry.target, err) < 0 ||
        keep_xattrs(&self->arena, &kept->entry, err) < 0)
        return NULL;
    if (file->type == ENTRY_FILE)
        file->content = kept;
    if (overlay->last)
        overlay->last->next = kept;
    else
        overlay->first = kept;
    overlay->last = kept;
    return kept;
}

/* Counts what is held against the limits, and makes room for it and a NUL. */
static int room_make(struct overlay *overlay, const char *path, uint64_t n, char **out,
                     struct error *err)
{
    if (n > OVERLAY_FILE_BYTES_MAX || n > OVERLAY_BYTES_MAX - overlay->held)
        return error_set(err, ERROR_LIMIT,
                         "%.200s is needed in memory while the tree is changed, and such files may "
                         "have %d MiB each and %d MiB together; make it smaller",
                         path, OVERLAY_FILE_BYTES_MAX >> 20, OVERLAY_BYTES_MAX >> 20);
    *out = calloc(1, (size_t)n + 1);
    if (!*out)
        return error_no_memory(err);
    overlay->held += n;
    return 0;
}

/* ---- the tree goes by ---- */

/* Takes the current file of inner out of the stream. */
static int file_hold(struct filter *self, const struct entry *entry, struct tree_file *file,
                     struct error *err)
{
    struct overlay_file *kept = file_keep(self, entry, file, err);
    struct content piece;
    int rc;
    if (!kept || room_make(&self->overlay, entry->path, entry->size, &kept->bytes, err) < 0)
        return -1;
    while ((rc = source_content(self->inner, &piece, err)) > 0) {
        if (piece.offset > kept->entry.size || piece.n > kept->entry.size - piece.offset)
            return error_set(err, ERROR_DAMAGED, "%.200s has more content than its size says",
                             kept->entry.path);
        memcpy(kept->bytes + piece.offset, piece.bytes, piece.n);
    }
    return rc;
}

static int inner_next(struct filter *self, const struct entry **out, struct error *err)
{
    int rc;
    while ((rc = source_next(self->inner, out, err)) > 0) {
        const struct overlay_editor *editor = self->editor;
        struct entry plain = **out;
        struct tree_file *file;
        plain.n_xattrs = 0;
        if (tree_put(&self->overlay.tree, &plain, &file, err) < 0)
            return -1;
        if ((*out)->type != ENTRY_FILE || !editor->wants(editor, (*out)->path)) {
            self->passed = true;
            return 1;
        }
        if (file_hold(self, *out, file, err) < 0 || cancel_check(err) < 0)
            return -1;
    }
    return rc;
}

/* ---- what comes after it ---- */

/* Of several files with one name the last counts. */
static bool is_replaced(const struct overlay_file *added)
{
    return added->file->links == 0 ||
           (added->file->type == ENTRY_FILE && added->file->content != added);
}

static int added_next(struct filter *self, const struct entry **out, struct error *err)
{
    struct overlay_file *added = self->added ? self->added->next : self->overlay.first;
    while (added && is_replaced(added))
        added = added->next;
    if (self->fd >= 0)
        close(self->fd);
    self->fd = -1;
    self->at = 0;
    self->added = added;
    if (!added) {
        self->ended = true;
        return 0;
    }
    if (added->host) {
        struct stat st;
        self->fd = open(added->host, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (self->fd < 0 || fstat(self->fd, &st) < 0)
            return error_errno(err, errno, "open %s", added->host);
        if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != added->entry.size)
            return error_set(err, ERROR_BUSY, "%s is being changed; try again later", added->host);
    }
    *out = &added->entry;
    return 1;
}

static int filter_next(struct source *source, const struct entry **out, struct error *err)
{
    struct filter *self = (struct filter *)source;
    self->passed = false;
    if (!self->complete) {
        int rc = inner_next(self, out, err);
        if (rc != 0)
            return rc;
        if (tree_finish(&self->overlay.tree, err) < 0 ||
            self->editor->edit(self->editor, &self->overlay, err) < 0)
            return -1;
        self->complete = true;
    }
    return self->ended ? 0 : added_next(self, out, err);
}

static int host_content(struct filter *self, struct content *out, struct error *err)
{
    uint64_t left = self->added->entry.size - self->at;
    size_t want = left < PIECE_BYTES ? (size_t)left : PIECE_BYTES;
    if (!self->piece && !(self->piece = malloc(PIECE_BYTES)))
        return error_no_memory(err);
    if (cancel_check(err) < 0)
        return -1;
    ssize_t n = pread(self->fd, self->piece, want, (off_t)self->at);
    if (n < 0)
        return error_errno(err, errno, "read %s", self->added->host);
    if (n == 0)
        return error_set(err, ERROR_BUSY, "%s is being changed; try again later",
                         self->added->host);
    *out = (struct content){.bytes = self->piece, .n = (size_t)n, .offset = self->at};
    return 1;
}

static int filter_content(struct source *source, struct content *out, struct error *err)
{
    struct filter *self = (struct filter *)source;
    const struct overlay_file *added = self->added;
    if (self->passed)
        return source_content(self->inner, out, err);
    if (!added || added->entry.type != ENTRY_FILE || self->at >= added->entry.size)
        return 0;
    if (!added->host)
        *out = (struct content){.bytes = added->bytes, .n = (size_t)added->entry.size};
    else if (host_content(self, out, err) < 0)
        return -1;
    self->at += out->n;
    return 1;
}

static int filter_map(struct source *source, const struct data_extent **out, size_t *n,
                      struct error *err)
{
    const struct filter *self = (const struct filter *)source;
    return self->passed ? source_map(self->inner, out, n, err) : 0;
}

static void filter_close(struct source *source)
{
    struct filter *self = (struct filter *)source;
    for (struct overlay_file *f = self->overlay.first; f; f = f->next)
        free(f->bytes);
    if (self->fd >= 0)
        close(self->fd);
    free(self->piece);
    tree_free(&self->overlay.tree);
    arena_free(&self->arena);
    self->editor->free(self->editor);
    source_close(self->inner);
    free(self);
}

static const struct source_ops filter_ops = {
    .next = filter_next,
    .content = filter_content,
    .map = filter_map,
    .close = filter_close,
};

int filter_overlay(struct source **out, struct source *inner, struct overlay_editor *editor,
                   const struct epoch *now, struct events *events, struct error *err)
{
    struct filter *self = calloc(1, sizeof(*self));
    if (!self) {
        editor->free(editor);
        source_close(inner);
        return error_no_memory(err);
    }
    self->source.ops = &filter_ops;
    self->inner = inner;
    self->editor = editor;
    self->fd = -1;
    self->overlay.editor = editor;
    self->overlay.events = events;
    self->overlay.now = *now;
    if (tree_init(&self->overlay.tree, err) < 0) {
        filter_close(&self->source);
        return -1;
    }
    *out = &self->source;
    return 0;
}

/* ---- for editors ---- */

/* What has the name and is not held back: why it cannot be edited. */
static int not_held(const struct tree_file *file, const char *path, struct error *err)
{
    const char *what = file->type != ENTRY_FILE ? entry_type_words(file->type)
                                                : "hard link to a file of another name";
    return error_set(err, ERROR_UNSUPPORTED,
                     "%.200s is a %s%s%.200s, and only a plain file can be changed; put one in its "
                     "place and make the archive again",
                     path, what, file->type == ENTRY_SYMLINK ? " to " : "",
                     file->type == ENTRY_SYMLINK ? file->target : "");
}

/* 1 with the file that was held back, 0 where nothing has the name. */
static int held_find(struct overlay *self, const char *path, struct overlay_file **out,
                     struct error *err)
{
    struct tree_file *file = tree_find(&self->tree, path);
    if (!file)
        return 0;
    if (file->type != ENTRY_FILE || !file->content)
        return not_held(file, path, err);
    *out = file->content;
    return 1;
}

int overlay_content(struct overlay *self, const char *path, const char **bytes, size_t *n,
                    struct error *err)
{
    struct overlay_file *kept = NULL;
    int rc = held_find(self, path, &kept, err);
    if (rc > 0 && !kept->bytes)
        return error_set(err, ERROR_INTERNAL, "%.200s was not held back", path);
    if (rc > 0) {
        *bytes = kept->bytes;
        *n = (size_t)kept->entry.size;
    }
    return rc;
}

static void times_set(struct entry *entry, const struct overlay *self)
{
    const struct entry_time now = {.seconds = self->now.seconds};
    entry->mtime = entry->atime = entry->ctime = entry->crtime = now;
}

int overlay_replace(struct overlay *self, const char *path, const void *bytes, size_t n,
                    uint16_t mode, struct error *err)
{
    const struct entry new = {.path = path, .type = ENTRY_FILE, .mode = mode, .size = n};
    struct overlay_file *kept = NULL;
    char *copy;
    int rc = held_find(self, path, &kept, err);
    if (rc < 0)
        return -1;
    if (rc == 0)
        return overlay_add(self, &new, bytes, NULL, err);
    if (room_make(self, path, n, &copy, err) < 0)
        return -1;
    memcpy(copy, bytes, n);
    self->held -= kept->entry.size;
    free(kept->bytes);
    kept->bytes = copy;
    kept->entry.size = kept->file->size = n;
    struct entry_time born = kept->entry.crtime;
    times_set(&kept->entry, self);
    kept->entry.crtime = born;
    return 0;
}

/* Makes the directories on the way to path that the tree does not have. */
static int parents_make(struct overlay *self, const char *path, struct error *err)
{
    AUTO_FREE char *at = strdup(path);
    if (!at)
        return error_no_memory(err);
    for (char *slash = at; (slash = strchr(slash, '/')); slash++) {
        const struct entry parent = {.path = at, .type = ENTRY_DIRECTORY, .mode = PARENT_MODE};
        *slash = '\0';
        if (!tree_find(&self->tree, at) && overlay_add(self, &parent, NULL, NULL, err) < 0)
            return -1;
        *slash = '/';
    }
    return 0;
}

/* path with the links in its middle followed, in the arena. */
static int path_real(struct overlay *self, const char **path, struct error *err)
{
    struct arena *arena = &filter_of(self)->arena;
    const char *slash = strrchr(*path, '/');
    AUTO_FREE char *parent = NULL, *directory = NULL, *real = NULL;
    if (!slash)
        return keep_text(arena, path, err);
    parent = strndup(*path, (size_t)(slash - *path) + 1);
    if (!parent)
        return error_no_memory(err);
    struct tree_file *file = tree_find(&self->tree, parent);
    if (!file || file->type != ENTRY_DIRECTORY)
        return error_set(err, ERROR_EXISTS,
                         "%.200s is to be made, and in the tree something on the way to it is no "
                         "directory, or a symbolic link that leads nowhere",
                         *path);
    if (tree_path(file, &directory, err) < 0)
        return -1;
    if (asprintf(&real, "%s%s%s", directory, *directory ? "/" : "", slash + 1) < 0) {
        real = NULL;
        return error_no_memory(err);
    }
    *path = real;
    return keep_text(arena, path, err);
}

static int content_take(struct overlay *self, struct overlay_file *added, const void *bytes,
                        const char *host, struct error *err)
{
    const struct entry *entry = &added->entry;
    if (bytes || self->editor->wants(self->editor, entry->path)) {
        if (room_make(self, entry->path, entry->size, &added->bytes, err) < 0)
            return -1;
        if (bytes) {
            memcpy(added->bytes, bytes, (size_t)entry->size);
            return 0;
        }
        AUTO_FD int fd = open(host, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        ssize_t n = fd < 0 ? -1 : pread(fd, added->bytes, (size_t)entry->size, 0);
        if (n < 0)
            return error_errno(err, errno, "read %s", host);
        return (size_t)n == entry->size
                   ? 0
                   : error_set(err, ERROR_BUSY, "%s is being changed; try again later", host);
    }
    added->host = host;
    return keep_text(&filter_of(self)->arena, &added->host, err);
}

int overlay_add(struct overlay *self, const struct entry *entry, const void *bytes,
                const char *host, struct error *err)
{
    struct filter *filter = filter_of(self);
    struct entry real = *entry;
    struct tree_file *file;
    if (entry->mtime.seconds == 0)
        times_set(&real, self);
    if (parents_make(self, entry->path, err) < 0 || path_real(self, &real.path, err) < 0 ||
        tree_put(&self->tree, &real, &file, err) < 0)
        return -1;
    struct overlay_file *added = file_keep(filter, &real, file, err);
    if (!added)
        return -1;
    return real.type == ENTRY_FILE ? content_take(self, added, bytes, host, err) : 0;
}
