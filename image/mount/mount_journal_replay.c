/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_journal_replay.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/event.h"
#include "image/mount/mount_content.h"
#include "image/mount/mount_journal_state.h"
#include "image/mount/mount_record.h"

/* n bytes at off: 1, 0 where the file ends before. */
static int bytes_get(const struct mount_journal *self, void *to, size_t n, uint64_t off,
                     struct error *err)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(self->fd, (uint8_t *)to + done, n - done, (off_t)(off + done));
        if (got == 0)
            return 0;
        if (got < 0 && errno != EINTR)
            return error_errno(err, errno, "read %s", self->path);
        done += got > 0 ? (size_t)got : 0;
    }
    return 1;
}

/* The record at the end of what was read: 1, 0 where none is whole there. */
static int record_next(struct mount_journal *self, struct mount_change *out, struct error *err)
{
    uint8_t head[MOUNT_RECORD_HEAD_BYTES];

    int rc = bytes_get(self, head, sizeof(head), self->size, err);
    if (rc <= 0)
        return rc;
    size_t n = mount_record_length(head);
    if (n > MOUNT_RECORD_BYTES_MAX)
        return 0;
    uint8_t *bytes = journal_room(self, n, err);
    if (!bytes)
        return -1;
    rc = bytes_get(self, bytes, n, self->size, err);
    if (rc <= 0 || !mount_record_is_whole(bytes, n))
        return rc < 0 ? -1 : 0;
    self->before = self->size;
    self->size += n;
    return mount_record_get(out, bytes, n)
               ? 1
               : error_set(err, ERROR_DAMAGED, "%s: the record before byte %llu is impossible",
                           self->path, (unsigned long long)self->size);
}

static bool is_name(const char *name)
{
    return name && name[0] && !strchr(name, '/') && strcmp(name, ".") != 0 &&
           strcmp(name, "..") != 0;
}

static bool is_below(const struct tree_file *file, const struct tree_file *directory)
{
    while (file != directory && file->name)
        file = file->name->directory;
    return file == directory;
}

/* Where a file is moved to, or not at all: a directory never comes below itself. */
static bool can_move(const struct mount *mount, const struct mount_change *change)
{
    const struct tree_file *to = mount->files[change->other];
    const struct tree_name *name =
        tree_child(&mount->tree, mount->files[change->file], change->name, strlen(change->name));
    return to->type == ENTRY_DIRECTORY && is_name(change->text) &&
           (!name || name->file->type != ENTRY_DIRECTORY || !is_below(to, name->file));
}

/* Whether the kernel could have asked for it. */
static bool is_possible(const struct mount *mount, const struct mount_change *change)
{
    if (change->file >= mount->n_files || change->other >= mount->n_files)
        return false;
    const struct tree_file *file = mount->files[change->file];
    switch (change->kind) {
    case CHANGE_ATTRIBUTES:
        return !(change->set & SET_SIZE) || file->type == ENTRY_FILE;
    case CHANGE_XATTR_SET:
    case CHANGE_XATTR_REMOVE:
        return change->name && change->name[0] && strlen(change->name) <= NAME_BYTES_MAX;
    case CHANGE_WRITE:
        return file->type == ENTRY_FILE && change->offset <= mount_content_bytes_max;
    case CHANGE_RESERVE:
    case CHANGE_PUNCH:
        return file->type == ENTRY_FILE;
    case CHANGE_MAKE:
        return file->type == ENTRY_DIRECTORY && is_name(change->name) &&
               change->type <= ENTRY_SOCKET && change->type != ENTRY_LINK &&
               (change->type == ENTRY_SYMLINK) == (change->text != NULL);
    case CHANGE_LINK:
        return file->type == ENTRY_DIRECTORY && is_name(change->name) &&
               mount->files[change->other]->type != ENTRY_DIRECTORY;
    case CHANGE_REMOVE:
    case CHANGE_REMOVE_DIRECTORY:
        return file->type == ENTRY_DIRECTORY && is_name(change->name);
    case CHANGE_MOVE:
        return file->type == ENTRY_DIRECTORY && is_name(change->name) && can_move(mount, change);
    case CHANGE_SETTLED:
        break;
    }
    return false;
}

struct replay {
    size_t n;     /* changes that were made */
    bool settled; /* all of them are in the image that is mounted */
};

static int impossible(const struct mount_journal *self, size_t n, struct error *err)
{
    return error_set(err, ERROR_DAMAGED,
                     "%s: change %zu is impossible; move the file away to go on without these "
                     "changes",
                     self->path, n);
}

/* Whether a change fails for want of something that may be there the next time. */
static bool is_want(int wrong)
{
    return wrong == ENOSPC || wrong == EIO || wrong == ENOMEM;
}

static int change_make(const struct mount_journal *self, struct mount *mount,
                       const struct mount_change *change, size_t n, struct error *err)
{
    struct tree_file *made;
    if (!is_possible(mount, change))
        return impossible(self, n, err);
    int wrong = mount_change_apply(mount, change, &made);
    return is_want(wrong) ? error_errno(err, wrong, "make change %zu of %s again", n, self->path)
                          : wrong;
}

/* Whether the image that a CHANGE_SETTLED names is the one that is mounted. */
static bool is_mounted(const struct mount *mount, const struct mount_change *settled)
{
    struct mount_change now;
    return journal_settled_make(mount->input, &now, NULL) == 0 && now.offset == settled->offset &&
           now.length == settled->length && now.mtime.seconds == settled->mtime.seconds &&
           now.mtime.nanoseconds == settled->mtime.nanoseconds;
}

/* Reads all, and makes the changes where they fit. The last one may have failed before, too. */
static int changes_make(struct mount_journal *self, struct mount *mount, bool fits,
                        struct replay *out, struct error *err)
{
    struct mount_change change;
    int rc, wrong = 0;

    *out = (struct replay){0};
    self->size = sizeof(struct journal_header);
    while ((rc = record_next(self, &change, err)) > 0) {
        if (cancel_check(err) < 0)
            return -1;
        if (wrong)
            return impossible(self, out->n + 1, err);
        out->settled = change.kind == CHANGE_SETTLED && is_mounted(mount, &change);
        if (change.kind == CHANGE_SETTLED || !fits)
            continue;
        wrong = change_make(self, mount, &change, out->n + 1, err);
        if (wrong < 0)
            return -1;
        out->n += wrong == 0;
    }
    if (rc == 0 && wrong)
        mount_journal_take_back(self);
    return rc;
}

static int tail_look(struct mount_journal *self, struct mount *mount, struct error *err)
{
    off_t end = lseek(self->fd, 0, SEEK_END);
    if (end < 0)
        return error_errno(err, errno, "read %s", self->path);
    self->is_torn = (uint64_t)end != self->size;
    if (self->is_torn)
        event_warning(mount->events, "%s: the last %llu bytes are no whole change and are left out",
                      self->path, (unsigned long long)end - self->size);
    return 0;
}

static int header_read(const struct mount_journal *self, struct journal_header *out,
                       const struct journal_header *expected, struct error *err)
{
    struct stat st;
    if (fstat(self->fd, &st) < 0)
        return error_errno(err, errno, "look at %s", self->path);
    int rc = S_ISREG(st.st_mode) ? bytes_get(self, out, sizeof(*out), 0, err) : 1;
    if (rc <= 0)
        return rc;
    if (S_ISREG(st.st_mode) && memcmp(out->magic, expected->magic, JOURNAL_MAGIC_BYTES) == 0 &&
        le32_get(out->version) == JOURNAL_VERSION)
        return 1;
    return error_set(err, ERROR_EXISTS, "%s is not a journal of changes; move it away", self->path);
}

int journal_replay(struct mount_journal *self, struct mount *mount, struct error *err)
{
    struct journal_header header, expected;
    struct replay replay;

    if (journal_header_make(mount, &expected, err) < 0)
        return -1;
    int rc = header_read(self, &header, &expected, err);
    if (rc < 0)
        return -1;
    if (rc == 0) /* whoever began it had changed nothing yet */
        return mount_journal_delete(self, err);
    bool fits = memcmp(&header, &expected, sizeof(header)) == 0;
    if (changes_make(self, mount, fits, &replay, err) < 0)
        return -1;
    if (!fits && replay.settled)
        return mount_journal_delete(self, err);
    if (!fits)
        return error_set(err, ERROR_EXISTS,
                         "%s has changes of a run that was killed, but %s is not as it was then; "
                         "move that file away to go on without them",
                         self->path, mount->input);
    if (replay.n > 0)
        event_warning(mount->events, "%zu changes of a run that did not end well are taken over",
                      replay.n);
    return tail_look(self, mount, err);
}
