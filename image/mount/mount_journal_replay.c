/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_journal_replay.h"

#include <errno.h>
#include <string.h>

#include "core/event.h"
#include "image/mount/mount_content.h"
#include "image/mount/mount_journal_state.h"
#include "image/mount/mount_record.h"

/* n bytes at off; false where the file does not have them. */
static bool bytes_get(int fd, void *to, size_t n, uint64_t off)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(fd, (uint8_t *)to + done, n - done, (off_t)(off + done));
        if (got == 0 || (got < 0 && errno != EINTR))
            return false;
        done += got > 0 ? (size_t)got : 0;
    }
    return true;
}

/* The record at the end of what was read: 1, 0 where none is whole there. */
static int record_next(struct mount_journal *self, struct mount_change *out, struct error *err)
{
    uint8_t head[MOUNT_RECORD_HEAD_BYTES];

    if (!bytes_get(self->fd, head, sizeof(head), self->size))
        return 0;
    size_t n = mount_record_length(head);
    if (n > MOUNT_RECORD_BYTES_MAX)
        return 0;
    uint8_t *bytes = journal_room(self, n, err);
    if (!bytes)
        return -1;
    if (!bytes_get(self->fd, bytes, n, self->size) || !mount_record_is_whole(bytes, n))
        return 0;
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
    case CHANGE_RESERVE:
    case CHANGE_PUNCH:
        return file->type == ENTRY_FILE && change->offset <= mount_content_bytes_max &&
               change->length <= mount_content_bytes_max;
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

/* How many; *settled: all of them are in a new image. A change that cannot be made now could not
 * be made then, or the program that asked for it was told so. */
static int changes_make(struct mount_journal *self, struct mount *mount, bool apply, size_t *n,
                        bool *settled, struct error *err)
{
    struct mount_change change;
    struct tree_file *made;
    int rc;

    *settled = false;
    self->size = sizeof(struct journal_header);
    for (*n = 0; (rc = record_next(self, &change, err)) > 0;) {
        *settled = change.kind == CHANGE_SETTLED;
        if (*settled || !apply)
            continue;
        if (!is_possible(mount, &change))
            return error_set(err, ERROR_DAMAGED,
                             "%s: change %zu is impossible; move the file away to go on without "
                             "these changes",
                             self->path, *n + 1);
        (void)!mount_change_apply(mount, &change, &made);
        ++*n;
    }
    return rc;
}

static int tail_look(struct mount_journal *self, struct mount *mount, struct error *err)
{
    off_t end = lseek(self->fd, 0, SEEK_END);
    if (end < 0)
        return error_errno(err, errno, "read %s", self->path);
    self->is_torn = (uint64_t)end != self->size;
    if (self->is_torn)
        event_warning(mount->events, "%s: the last change was not written whole and is left out",
                      self->path);
    return 0;
}

int journal_replay(struct mount_journal *self, struct mount *mount, struct error *err)
{
    struct journal_header header, expected;
    bool settled;
    size_t n;

    if (journal_header_make(mount, &expected, err) < 0)
        return -1;
    bool whole = bytes_get(self->fd, &header, sizeof(header), 0);
    if (whole && (memcmp(header.magic, expected.magic, JOURNAL_MAGIC_BYTES) != 0 ||
                  le32_get(header.version) != JOURNAL_VERSION))
        return error_set(err, ERROR_EXISTS, "%s is not a journal of changes; move it away",
                         self->path);
    if (!whole) /* whoever began it had changed nothing yet */
        return mount_journal_delete(self, err);
    bool fits = memcmp(&header, &expected, sizeof(header)) == 0;
    if (changes_make(self, mount, fits, &n, &settled, err) < 0)
        return -1;
    if (!fits && settled)
        return mount_journal_delete(self, err);
    if (!fits)
        return error_set(err, ERROR_EXISTS,
                         "%s has changes of a run that was killed, but %s is not as it was then; "
                         "move that file away to go on without them",
                         self->path, mount->input);
    if (n > 0)
        event_warning(mount->events, "%zu changes of a run that did not end well are taken over",
                      n);
    return tail_look(self, mount, err);
}
