/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_journal.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/crc32c.h"
#include "core/paths.h"
#include "image/mount/mount_fingerprint.h"
#include "image/mount/mount_journal_replay.h"
#include "image/mount/mount_journal_state.h"
#include "image/mount/mount_record.h"

static_assert(sizeof(struct journal_header) == 64, "the header has 64 bytes");

int journal_header_make(const struct mount *mount, struct journal_header *out, struct error *err)
{
    *out = (struct journal_header){
        .magic = "lxkitjnl",
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

/* What does not fit is taken back: the file never has half a record before a whole one. */
static int append(struct mount_journal *self, const void *bytes, size_t n, struct error *err)
{
    if (self->is_torn && ftruncate(self->fd, (off_t)self->size) < 0)
        return error_errno(err, errno, "cut %s", self->path);
    self->is_torn = false;
    for (size_t done = 0; done < n;) {
        ssize_t put =
            pwrite(self->fd, (const uint8_t *)bytes + done, n - done, (off_t)(self->size + done));
        if (put < 0 && errno != EINTR) {
            error_errno(err, errno, "write %s", self->path);
            (void)!ftruncate(self->fd, (off_t)self->size);
            return -1;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    self->size += n;
    return 0;
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
    self->fd = open(self->path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (self->fd < 0)
        return error_errno(err, errno, "make %s", self->path);
    return append(self, &header, sizeof(header), err);
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

int mount_journal_settle(struct mount_journal *self, struct error *err)
{
    const struct mount_change settled = {.kind = CHANGE_SETTLED};
    if (self->fd < 0)
        return 0;
    return mount_journal_put(self, &settled, err) < 0 ? -1 : mount_journal_flush(self, err);
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
    self->fd = open(path, O_RDWR | O_CLOEXEC);
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
