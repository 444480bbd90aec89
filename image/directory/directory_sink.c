/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_sink.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "core/cancel.h"
#include "core/epoch.h"
#include "image/directory/directory_fd.h"
#include "image/directory/directory_metadata.h"
#include "image/directory/directory_place.h"
#include "image/directory/directory_seal.h"
#include "image/tree.h"

enum {
    STAGED_BYTES = 16,
    STAGED_MODE = S_IRUSR | S_IWUSR,
};

/* tree_file.aux of what has several names: what became of it. */
enum staged {
    STAGED_NOT,  /* not made yet */
    STAGED_MADE, /* lies among the files */
    STAGED_LOST, /* cannot be made by this user */
};

struct directory_sink {
    struct sink sink;
    struct sink_ops ops; /* with the features of this user */
    struct directory_rights rights;
    struct directory_place place;
    struct tree tree;
    uint32_t n_staged;
};

struct staged_name {
    char text[STAGED_BYTES];
};

static struct staged_name staged_name(const struct tree_file *file)
{
    struct staged_name name;
    snprintf(name.text, sizeof(name.text), "%u", file->number);
    return name;
}

static int failed(const struct directory_sink *self, const struct tree_file *file, const char *verb,
                  struct error *err)
{
    return directory_failed(self->place.path, file, errno, verb, err);
}

static int metadata_set(const struct directory_sink *self, int fd, const struct tree_file *file,
                        struct error *err)
{
    return directory_metadata_set(fd, file, self->place.path, &self->rights, self->sink.events,
                                  err);
}

/* ---- content, as it arrives ---- */

static int piece_write(int fd, const struct content *piece)
{
    for (size_t done = 0; done < piece->n;) {
        ssize_t n = pwrite(fd, (const char *)piece->bytes + done, piece->n - done,
                           (off_t)(piece->offset + done));
        if (n < 0)
            return -1;
        done += (size_t)n;
    }
    return 0;
}

static int piece_refuse(const struct tree_file *file, const struct content *piece,
                        struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (tree_path(file, &path, err) < 0)
        return -1;
    return error_set(err, ERROR_DAMAGED,
                     "%.200s: a piece of content at %llu does not fit the file's %llu bytes; "
                     "download or make the input again",
                     path, (unsigned long long)piece->offset, (unsigned long long)file->size);
}

static int content_write(const struct directory_sink *self, int fd, const struct tree_file *file,
                         struct source *content, struct error *err)
{
    struct content piece;
    uint64_t at = 0, size = file->size;
    int rc;

    while ((rc = source_content(content, &piece, err)) > 0) {
        if (piece.offset < at || piece.offset > size || piece.n > size - piece.offset)
            return piece_refuse(file, &piece, err);
        if (cancel_check(err) < 0)
            return -1;
        if (piece_write(fd, &piece) < 0)
            return failed(self, file, "write", err);
        at = piece.offset + piece.n;
    }
    if (rc == 0 && at < size && ftruncate(fd, (off_t)size) < 0)
        return failed(self, file, "set the size of", err);
    return rc;
}

static int file_stage(struct directory_sink *self, struct tree_file *file, struct source *content,
                      struct error *err)
{
    file->number = self->n_staged++;
    AUTO_FD int fd = openat(self->place.files_fd, staged_name(file).text,
                            O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, STAGED_MODE);
    if (fd < 0)
        return failed(self, file, "make", err);
    if (content_write(self, fd, file, content, err) < 0)
        return -1;
    return metadata_set(self, fd, file, err);
}

/* ---- names, at the end ---- */

/* What cannot be made is reported when its entry is examined. */
static bool is_beyond_rights(const struct directory_sink *self, enum entry_type type)
{
    return (type == ENTRY_CHARACTER || type == ENTRY_BLOCK) && !self->rights.devices;
}

/* Symbolic links and special files. *lost when this user may not make it. */
static int special_make(const struct directory_sink *self, int directory, const char *name,
                        const struct tree_file *file, bool *lost, struct error *err)
{
    int rc;

    *lost = is_beyond_rights(self, file->type);
    if (*lost)
        return 0;
    if (file->type == ENTRY_SYMLINK)
        rc = symlinkat(file->target, directory, name);
    else
        rc = mknodat(directory, name, entry_type_bits(file->type) | STAGED_MODE,
                     makedev(file->major, file->minor));
    if (rc < 0 && errno == EPERM && file->type != ENTRY_SYMLINK) {
        *lost = true;
        return 0;
    }
    AUTO_FD int held = rc < 0 ? -1 : directory_hold(directory, name);
    if (held < 0)
        return failed(self, file, "make", err);
    return metadata_set(self, held, file, err);
}

static int name_failed(const struct directory_sink *self, const struct tree_name *name,
                       struct error *err)
{
    if (errno == EMLINK)
        return error_set(err, ERROR_UNSUPPORTED,
                         "\"%s\" has %u hard links, more than the file system allows; choose one "
                         "that allows more",
                         name->text, name->file->links);
    if (errno == EEXIST)
        return error_set(err, ERROR_UNSUPPORTED,
                         "\"%s\" and another name beside it are one for the file system; choose "
                         "one that tells upper and lower case apart",
                         name->text);
    return failed(self, name->file, "name", err);
}

static int name_link(const struct directory_sink *self, int directory, const struct tree_name *name,
                     struct error *err)
{
    if (linkat(self->place.files_fd, staged_name(name->file).text, directory, name->text, 0) < 0)
        return name_failed(self, name, err);
    return 0;
}

/* The only name of a file. */
static int name_move(const struct directory_sink *self, int directory, const struct tree_name *name,
                     struct error *err)
{
    if (renameat2(self->place.files_fd, staged_name(name->file).text, directory, name->text,
                  RENAME_NOREPLACE) == 0)
        return 0;
    if (errno == EINVAL || errno == ENOSYS) /* old and foreign file systems; linkat refuses too */
        return name_link(self, directory, name, err);
    return name_failed(self, name, err);
}

/* One of several names; the file itself is made among the others first. */
static int name_share(struct directory_sink *self, int directory, const struct tree_name *name,
                      bool *lost, struct error *err)
{
    struct tree_file *file = name->file;
    if (file->type != ENTRY_FILE && file->aux == STAGED_NOT) {
        file->number = self->n_staged++;
        if (special_make(self, self->place.files_fd, staged_name(file).text, file, lost, err) < 0)
            return -1;
        file->aux = *lost ? STAGED_LOST : STAGED_MADE;
    }
    *lost = file->aux == STAGED_LOST;
    return *lost ? 0 : name_link(self, directory, name, err);
}

static int name_make(struct directory_sink *self, int directory, struct tree_name *name,
                     struct error *err)
{
    struct tree_file *file = name->file;
    struct tree_name *first = file->name; /* that of its entry */
    bool lost = false;
    int rc;

    file->name = name; /* the one that messages are about */
    if (file->links > 1)
        rc = name_share(self, directory, name, &lost, err);
    else if (file->type == ENTRY_FILE)
        rc = name_move(self, directory, name, err);
    else
        rc = special_make(self, directory, name->text, file, &lost, err);
    if (rc < 0 || !lost)
        return rc;
    AUTO_FREE char *path = NULL;
    if (tree_path(file, &path, err) < 0)
        return -1;
    file->name = first;
    if (name != first || !is_beyond_rights(self, file->type))
        event_loss(self->sink.events, "device", path, "%s (%s)", entry_type_words(file->type),
                   self->ops.reason);
    return 0;
}

/* Makes a directory and goes into it: *fd is replaced. */
static int directory_enter(const struct directory_sink *self, int *fd, const struct tree_name *name,
                           struct error *err)
{
    if (mkdirat(*fd, name->text, S_IRWXU) < 0)
        return name_failed(self, name, err);
    int inner = openat(*fd, name->text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (inner < 0)
        return failed(self, name->file, "open", err);
    cleanup_fd(fd);
    *fd = inner;
    return 0;
}

/* Finishes a directory, in which everything is now, and goes back up. */
static int directory_leave(const struct directory_sink *self, int *fd, const struct tree_file *file,
                           struct error *err)
{
    int outer = openat(*fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (outer < 0)
        return failed(self, file, "leave", err);
    int rc = metadata_set(self, *fd, file, err);
    cleanup_fd(fd);
    *fd = outer;
    return rc;
}

/* Every name below the root, depth first. */
static int names_make(struct directory_sink *self, struct error *err)
{
    AUTO_FD int fd = fcntl(self->place.root, F_DUPFD_CLOEXEC, 0);
    const struct tree_file *directory = self->tree.root;
    struct tree_name *name = directory->directory->first;

    if (fd < 0)
        return error_errno(err, errno, "open %s", self->place.path);
    while (name || directory != self->tree.root) {
        if (cancel_check(err) < 0)
            return -1;
        if (!name) {
            if (directory_leave(self, &fd, directory, err) < 0)
                return -1;
            name = directory->name->sibling;
            directory = directory->name->directory;
        } else if (!name->file) {
            name = name->sibling;
        } else if (name->file->type == ENTRY_DIRECTORY) {
            if (directory_enter(self, &fd, name, err) < 0)
                return -1;
            directory = name->file;
            name = directory->directory->first;
        } else {
            if (name_make(self, fd, name, err) < 0)
                return -1;
            name = name->sibling;
        }
    }
    return 0;
}

/* ---- the sink ---- */

static int directory_examine(struct sink *sink, const struct entry *entry, UNUSED struct error *err)
{
    const struct directory_sink *self = (const struct directory_sink *)sink;
    if (!is_beyond_rights(self, entry->type))
        directory_rights_examine(&self->rights, entry, sink->events);
    return 0;
}

static int directory_begin(struct sink *sink, struct error *err)
{
    struct directory_sink *self = (struct directory_sink *)sink;
    struct epoch now;

    if (epoch_get(&now, err) < 0 || tree_init(&self->tree, err) < 0 ||
        directory_place_make(&self->place, err) < 0)
        return -1;
    struct tree_file *root = self->tree.root;
    root->mtime = root->atime = (struct entry_time){.seconds = now.seconds};
    return 0;
}

/* Sources promise clean paths; a path that is not would leave the new directory. */
static int path_check(const char *path, struct error *err)
{
    for (const char *name = path; *name;) {
        size_t n = strcspn(name, "/");
        if (n == 0 || (n <= 2 && strncmp(name, "..", n) == 0) || (name[n] == '/' && !name[n + 1]))
            return error_set(err, ERROR_INTERNAL,
                             "the path \"%.200s\" is not in the form that sources promise", path);
        name += n + (name[n] == '/');
    }
    return 0;
}

static int directory_put(struct sink *sink, const struct entry *entry, struct source *content,
                         struct error *err)
{
    struct directory_sink *self = (struct directory_sink *)sink;
    struct tree_file *file;

    if (path_check(entry->path, err) < 0 || tree_put(&self->tree, entry, &file, err) < 0)
        return -1;
    if (!file || file->type != ENTRY_FILE)
        return 0;
    return file_stage(self, file, content, err);
}

/* The directory that the names go into keeps its own metadata. */
static int into_finish(struct directory_sink *self, struct error *err)
{
    struct events *events = self->sink.events;
    if (event_check(events, err) < 0 || directory_place_publish(&self->place, err) < 0)
        return -1;
    return self->rights.hard_flags
               ? directory_seal(self->place.parent, &self->tree, self->place.path, events, err)
               : 0;
}

static int directory_finish(struct sink *sink, struct error *err)
{
    struct directory_sink *self = (struct directory_sink *)sink;
    const struct tree_file *root = self->tree.root;
    struct events *events = sink->events;
    bool seal = self->rights.hard_flags; /* otherwise they were examined */
    if (tree_finish(&self->tree, err) < 0 || names_make(self, err) < 0 ||
        directory_place_clear(&self->place, err) < 0)
        return -1;
    if (self->place.into)
        return into_finish(self, err);
    if (metadata_set(self, self->place.root, root, err) < 0 ||
        (seal &&
         directory_seal(self->place.root, &self->tree, self->place.path, events, err) < 0) ||
        event_check(events, err) < 0 || directory_place_publish(&self->place, err) < 0)
        return -1;
    return seal ? directory_metadata_seal(self->place.root, root, self->place.path, events, err)
                : 0;
}

static void directory_close(struct sink *sink)
{
    struct directory_sink *self = (struct directory_sink *)sink;
    directory_place_free(&self->place, sink->events);
    directory_rights_free(&self->rights);
    tree_free(&self->tree);
    free(self);
}

static const struct sink_ops directory_ops = {
    .features = SINK_OWNERS | SINK_MODES | SINK_NANOSECONDS | SINK_XATTRS | SINK_ACLS |
                SINK_DEVICES | SINK_SOCKETS | SINK_HOLES | SINK_FLAGS,
    .reason = "only root may make it",
    .examine = directory_examine,
    .begin = directory_begin,
    .put = directory_put,
    .finish = directory_finish,
    .close = directory_close,
};

static int sink_make(struct sink **out, const char *path, bool into,
                     const struct sink_options *options, struct error *err)
{
    if (directory_proc_check(err) < 0)
        return -1;
    struct directory_sink *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->ops = directory_ops;
    self->sink.ops = &self->ops;
    self->sink.events = options->events;
    bool sync = !options->no_sync;
    if ((into ? directory_place_init_into(&self->place, path, sync, err)
              : directory_place_init(&self->place, path, sync, err)) < 0 ||
        directory_rights_get(&self->rights, err) < 0) {
        directory_close(&self->sink);
        return -1;
    }
    if (!self->rights.owners)
        self->ops.features &= ~(unsigned)SINK_OWNERS;
    if (!self->rights.devices)
        self->ops.features &= ~(unsigned)SINK_DEVICES;
    *out = &self->sink;
    return 0;
}

int directory_sink(struct sink **out, const char *path, const struct sink_options *options,
                   struct error *err)
{
    return sink_make(out, path, false, options, err);
}

int directory_sink_into(struct sink **out, const char *path, const struct sink_options *options,
                        struct error *err)
{
    return sink_make(out, path, true, options, err);
}
