/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_store.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/paths.h"

enum {
    FREE_SIZE_MIN = 64,
    PLACES_MAX = UINT32_MAX - 16, /* some values of a place mean something else */
};

int mount_store_init(struct mount_store *store, const char *directory, struct error *err)
{
    const char *wanted = getenv("TMPDIR");
    if (directory)
        wanted = directory;
    else if (!wanted || wanted[0] != '/')
        wanted = "/var/tmp";
    *store = (struct mount_store){.fd = -1, .directory = strdup(wanted)};
    return store->directory ? 0 : error_no_memory(err);
}

void mount_store_free(struct mount_store *store)
{
    cleanup_fd(&store->fd);
    free(store->directory);
    free(store->free);
}

static int file_make(struct mount_store *store, struct error *err)
{
    store->fd = open(store->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (store->fd >= 0)
        return 0;
    /* Not every file system has nameless files. */
    AUTO_FREE char *path = NULL;
    if (paths_join(&path, store->directory, "lximage.XXXXXX", err) < 0)
        return -1;
    store->fd = mkostemp(path, O_CLOEXEC);
    if (store->fd < 0)
        return error_errno(err, errno, "make a file for content in %s", store->directory);
    unlink(path);
    return 0;
}

int mount_store_take(struct mount_store *store, uint32_t *place, struct error *err)
{
    if (store->fd < 0 && file_make(store, err) < 0)
        return -1;
    if (store->n_free > 0) {
        *place = store->free[--store->n_free];
        return 0;
    }
    if (store->n == PLACES_MAX)
        return error_set(err, ERROR_NO_SPACE, "more than %llu GiB of content that changed",
                         (unsigned long long)PLACES_MAX * MOUNT_CHUNK_BYTES >> 30);
    *place = store->n++;
    return 0;
}

void mount_store_give(struct mount_store *store, uint32_t place)
{
    if (store->n_free == store->free_size) {
        size_t size = store->free_size ? store->free_size * 2 : FREE_SIZE_MIN;
        uint32_t *list = reallocarray(store->free, size, sizeof(*list));
        if (!list)
            return; /* it stays unused */
        store->free = list;
        store->free_size = size;
    }
    store->free[store->n_free++] = place;
}

int mount_store_read(const struct mount_store *store, uint32_t place, void *buf, size_t n,
                     size_t off, struct error *err)
{
    uint64_t at = (uint64_t)place * MOUNT_CHUNK_BYTES + off;
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(store->fd, (char *)buf + done, n - done, (off_t)(at + done));
        if (got < 0 && errno != EINTR)
            return error_errno(err, errno, "read content in %s", store->directory);
        if (got == 0) {
            memset((char *)buf + done, 0, n - done); /* behind what was written last */
            return 0;
        }
        done += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

int mount_store_write(const struct mount_store *store, uint32_t place, const void *buf, size_t n,
                      size_t off, struct error *err)
{
    uint64_t at = (uint64_t)place * MOUNT_CHUNK_BYTES + off;
    for (size_t done = 0; done < n;) {
        ssize_t got = pwrite(store->fd, (const char *)buf + done, n - done, (off_t)(at + done));
        if (got < 0 && errno != EINTR)
            return error_errno(err, errno, "write content in %s", store->directory);
        done += got > 0 ? (size_t)got : 0;
    }
    return 0;
}
