/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "core/crc32c.h"
#include "core/event.h"
#include "core/paths.h"
#include "image/mount/mount.h"
#include "image/mount/mount_fingerprint.h"
#include "image/mount/mount_journal_replay.h"
#include "image/mount/mount_journal_state.h"
#include "image/mount/mount_record.h"

static_assert(sizeof(struct journal_header) == 64, "the header has 64 bytes");

int journal_header_make(const struct mount *mount, struct journal_header *out, struct error *err)
{
    *out = (struct journal_header){
        .magic = JOURNAL_MAGIC,
        .version = le32_put(JOURNAL_VERSION),
        .n_files = le32_put((uint32_t)mount->n_files),
    };
    if (mount_fingerprint(mount, &out->tree, err) < 0)
        return -1;
    out->checksum = le32_put(~crc32c(~0U, out, offsetof(struct journal_header, checksum)));
    return 0;
}

uint8_t *journal_room(struct mount_journal *self, size_t n, struct error *err)
{
    if (n > self->buffer_size) {
        uint8_t *buffer = realloc(self->buffer, n);
        if (!buffer) {
            error_no_memory(err);
            return NULL;
        }
        self->buffer = buffer;
        self->buffer_size = n;
    }
    return self->buffer;
}

/* Whatever lies behind self->size goes; where that fails, before the next record comes. */
static void cut(struct mount_journal *self)
{
    self->is_torn = ftruncate(self->fd, (off_t)self->size) < 0;
}

/* What does not fit is taken back: the file never has half a record before a whole one. */
static int append(struct mount_journal *self, const void *bytes, size_t n, struct error *err)
{
    if (self->is_torn)
        cut(self);
    if (self->is_torn)
        return error_errno(err, errno, "cut %s", self->path);
    for (size_t done = 0; done < n;) {
        ssize_t put =
            pwrite(self->fd, (const uint8_t *)bytes + done, n - done, (off_t)(self->size + done));
        if (put < 0 && errno != EINTR) {
            error_errno(err, errno, "write %s", self->path);
            cut(self);
            return -1;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    self->before = self->size;
    self->size += n;
    return 0;
}

void mount_journal_take_back(struct mount_journal *self)
{
    self->size = self->before;
    cut(self);
}

int mount_journal_put(struct mount_journal *self, const struct mount_change *change,
                      struct error *err)
{
    size_t n = mount_record_bytes(change);
    if (n > MOUNT_RECORD_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "%s: a change of %zu bytes", self->path, n);
    uint8_t *bytes = journal_room(self, n, err);
    if (!bytes)
        return -1;
    mount_record_put(bytes, change);
    return append(self, bytes, n, err);
}

int mount_journal_begin(struct mount_journal *self, struct mount *mount, struct error *err)
{
    struct journal_header header;

    if (self->fd >= 0)
        return 0;
    if (journal_header_make(mount, &header, err) < 0)
        return -1;
    self->fd = open(self->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (self->fd < 0)
        return error_errno(err, errno, "make %s", self->path);
    if (append(self, &header, sizeof(header), err) == 0)
        return 0;
    (void)!unlink(self->path);
    cleanup_fd(&self->fd);
    self->fd = -1;
    return -1;
}

int mount_journal_flush(struct mount_journal *self, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    if (self->fd < 0)
        return 0;
    if (fdatasync(self->fd) < 0)
        return error_errno(err, errno, "flush %s", self->path);
    if (self->is_named)
        return 0;
    if (paths_parent(&directory, self->path, err) < 0 || paths_flush(directory, err) < 0)
        return -1;
    self->is_named = true;
    return 0;
}

int journal_settled_make(const char *path, struct mount_change *out, struct error *err)
{
    struct stat st;
    if (stat(path, &st) < 0)
        return error_errno(err, errno, "look at %s", path);
    *out = (struct mount_change){
        .kind = CHANGE_SETTLED,
        .offset = st.st_ino,
        .length = (uint64_t)st.st_size,
        .mtime = {st.st_mtim.tv_sec, (uint32_t)st.st_mtim.tv_nsec},
    };
    return 0;
}

int mount_journal_settle(struct mount_journal *self, const char *image, struct error *err)
{
    struct mount_change settled;
    if (self->fd < 0)
        return 0;
    if (journal_settled_make(image, &settled, err) < 0 ||
        mount_journal_put(self, &settled, err) < 0)
        return -1;
    return mount_journal_flush(self, err);
}

int mount_journal_delete(struct mount_journal *self, struct error *err)
{
    if (self->fd >= 0 && unlink(self->path) < 0)
        return error_errno(err, errno, "delete %s", self->path);
    cleanup_fd(&self->fd);
    self->fd = -1;
    return 0;
}

int mount_journal_open(struct mount_journal **out, struct mount *mount, const char *path,
                       struct error *err)
{
    struct mount_journal *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    int rc = 0;
    self->path = strdup(path);
    self->fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (!self->path)
        rc = error_no_memory(err);
    else if (self->fd < 0 && errno != ENOENT)
        rc = error_errno(err, errno, "open %s", path);
    else if (self->fd >= 0)
        rc = journal_replay(self, mount, err);
    if (rc < 0) {
        mount_journal_close(self);
        return -1;
    }
    *out = self;
    return 0;
}

void mount_journal_close(struct mount_journal *self)
{
    if (!self)
        return;
    cleanup_fd(&self->fd);
    free(self->path);
    free(self->buffer);
    free(self);
}

/* ---- from outside ---- */

bool mount_journal_is_beside(const char *disk)
{
    char magic[JOURNAL_MAGIC_BYTES];
    AUTO_FREE char *path = NULL;
    if (asprintf(&path, "%s" MOUNT_JOURNAL_SUFFIX, disk) < 0) {
        path = NULL;
        return false;
    }
    AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    return fd >= 0 && read(fd, magic, sizeof(magic)) == sizeof(magic) &&
           memcmp(magic, JOURNAL_MAGIC, sizeof(magic)) == 0;
}

void mount_journal_tell(const char *disk, struct events *events)
{
    if (mount_journal_is_beside(disk))
        event_warning(events,
                      "%s" MOUNT_JOURNAL_SUFFIX " has changes of a run that are not in the disk, "
                      "and are not read; lxinstall run saves them",
                      disk);
}
