/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/paths.h"
#include "fetch/fetch_io.h"

int fetch_cache_open(struct fetch_cache *out, struct error *err)
{
    *out = (struct fetch_cache){0};
    AUTO_FREE char *root = NULL;
    if (paths_cache(&root, err) < 0)
        return -1;
    if (paths_join(&out->entries, root, "sha256", err) < 0 ||
        paths_join(&out->partials, root, "partial", err) < 0) {
        fetch_cache_close(out);
        return -1;
    }
    return 0;
}

void fetch_cache_close(struct fetch_cache *cache)
{
    free(cache->entries);
    free(cache->partials);
    *cache = (struct fetch_cache){0};
}

int fetch_cache_path(const struct fetch_cache *cache, const struct sha256 *sum, char **out,
                     struct error *err)
{
    char hex[SHA256_HEX_BYTES];
    sha256_format(sum, hex);
    return paths_join(out, cache->entries, hex, err);
}

/* ---- reading an entry ---- */

struct reader {
    int fd;
    const char *path;
    struct events *events; /* may be NULL */
    uint64_t total;
    int to;           /* where the bytes go; -1: they are only hashed */
    const char *name; /* of `to` */
};

static int read_whole(const struct reader *r, struct sha256 *sum, uint64_t *size, struct error *err)
{
    AUTO_DIGEST struct digest *digest = NULL;
    if (digest_new(&digest, err) < 0)
        return -1;
    AUTO_FREE uint8_t *buf = malloc(FETCH_IO_BYTES);
    if (!buf)
        return error_no_memory(err);

    *size = 0;
    for (;;) {
        if (cancel_check(err) < 0)
            return -1;
        ssize_t n = read(r->fd, buf, FETCH_IO_BYTES);
        if (n < 0)
            return error_errno(err, errno, "read %s", r->path);
        if (n == 0)
            return digest_finish(digest, sum, err);
        if (digest_update(digest, buf, (size_t)n, err) < 0)
            return -1;
        if (r->to >= 0 && fetch_io_write(r->to, buf, (size_t)n) < 0)
            return error_errno(err, errno, "write %s", r->name);
        *size += (uint64_t)n;
        event_progress(r->events, *size, r->total);
    }
}

/* Removes the entry, unless another process has put a new file in its place meanwhile. */
static int remove_damaged(const char *path, const struct stat *seen, struct events *events,
                          struct error *err)
{
    struct stat now;
    if (lstat(path, &now) < 0 || now.st_ino != seen->st_ino || now.st_dev != seen->st_dev)
        return 0;
    if (unlink(path) < 0 && errno != ENOENT)
        return error_errno(err, errno, "remove the damaged file %s from the cache", path);
    event_warning(events, "%s: the cached file was damaged and has been removed", path);
    return 0;
}

int fetch_cache_find(const struct fetch_cache *cache, const struct sha256 *sum,
                     struct events *events, struct fetch_result *out, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (fetch_cache_path(cache, sum, &path, err) < 0)
        return -1;
    struct stat st;
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "look for %s", path);
    if (!S_ISREG(st.st_mode))
        return remove_damaged(path, &st, events, err);

    AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "open %s", path);
    if (fstat(fd, &st) < 0)
        return error_errno(err, errno, "stat %s", path);

    event_step(events, "checking the cached file");
    struct reader r = {
        .fd = fd, .path = path, .events = events, .total = (uint64_t)st.st_size, .to = -1};
    struct sha256 found;
    uint64_t size;
    if (read_whole(&r, &found, &size, err) < 0)
        return -1;
    if (!sha256_equal(&found, sum))
        return remove_damaged(path, &st, events, err);
    *out =
        (struct fetch_result){.path = steal(&path), .sha256 = found, .size = size, .cached = true};
    return 1;
}

int fetch_cache_copy(const struct fetch_result *entry, int to, const char *name, struct error *err)
{
    AUTO_FD int fd = open(entry->path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", entry->path);
    struct reader r = {.fd = fd, .path = entry->path, .to = to, .name = name};
    struct sha256 found;
    uint64_t size;
    if (read_whole(&r, &found, &size, err) < 0)
        return -1;
    if (!sha256_equal(&found, &entry->sha256))
        return error_set(err, ERROR_VERIFY,
                         "%s: the cached file changed while it was copied; try again", entry->path);
    return 0;
}
