/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_part.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "core/size.h"
#include "fetch/fetch_cache.h"
#include "fetch/fetch_io.h"

#define PART_SUFFIX ".part"

static void closedirp(DIR **directory)
{
    if (*directory)
        closedir(*directory);
}

/* Removes the parts of processes that died. What cannot be removed now waits for the next time. */
static void sweep(const char *directory)
{
    CLEANUP(closedirp) DIR *d = opendir(directory);
    if (!d)
        return;
    for (const struct dirent *entry; (entry = readdir(d));) {
        size_t n = strlen(entry->d_name);
        if (n < strlen(PART_SUFFIX) ||
            strcmp(entry->d_name + n - strlen(PART_SUFFIX), PART_SUFFIX) != 0)
            continue;
        AUTO_FD int fd =
            openat(dirfd(d), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == 0)
            unlinkat(dirfd(d), entry->d_name, 0);
    }
}

/* Between the making of a part and its lock another process may take it for a dead one and remove
 * it: then the lock is had on a file without a name, and a new one is made. A file system without
 * locks has no sweep either. */
static int create_locked(struct fetch_part *part, struct error *err)
{
    for (;;) {
        AUTO_FREE char *path = NULL;
        if (paths_join(&path, part->directory, "XXXXXX" PART_SUFFIX, err) < 0)
            return -1;
        AUTO_FD int fd = mkostemps(path, (int)strlen(PART_SUFFIX), O_CLOEXEC);
        if (fd < 0)
            return error_errno(err, errno, "create a file in %s", part->directory);

        struct stat st;
        flock(fd, LOCK_EX);
        if (fstat(fd, &st) == 0 && st.st_nlink > 0) {
            part->fd = steal_fd(&fd);
            part->path = steal(&path);
            return 0;
        }
    }
}

int fetch_part_create(struct fetch_part **out, const char *directory, uint64_t max,
                      struct error *err)
{
    if (paths_make(directory, FETCH_CACHE_MODE, err) < 0)
        return -1;
    sweep(directory);

    AUTO_FETCH_PART struct fetch_part *part = malloc(sizeof(*part));
    if (!part)
        return error_no_memory(err);
    *part = (struct fetch_part){.fd = -1, .max = max, .directory = strdup(directory)};
    if (!part->directory)
        return error_no_memory(err);
    if (digest_new(&part->digest, err) < 0 || create_locked(part, err) < 0)
        return -1;
    *out = steal(&part);
    return 0;
}

static int too_large(const struct fetch_part *part, struct error *err)
{
    char max[SIZE_TEXT_BYTES];
    return error_set(err, ERROR_LIMIT,
                     "it is larger than the limit of %s; allow more with --max-size if it is meant "
                     "to be that large",
                     size_format(part->max, max));
}

int fetch_part_expect(const struct fetch_part *part, uint64_t total, struct error *err)
{
    if (total > part->max)
        return too_large(part, err);

    unsigned long long available;
    if (paths_free_space(part->directory, &available, err) < 0)
        return -1;
    if (total <= available)
        return 0;
    char need[SIZE_TEXT_BYTES];
    char have[SIZE_TEXT_BYTES];
    return error_set(err, ERROR_NO_SPACE,
                     "it has %s, and only %s are free in %s; free some, or set XDG_CACHE_HOME to "
                     "another place",
                     size_format(total, need), size_format(available, have), part->directory);
}

int fetch_part_write(struct fetch_part *part, const void *bytes, size_t n, struct error *err)
{
    if (n > part->max - part->size)
        return too_large(part, err);
    if (digest_update(part->digest, bytes, n, err) < 0)
        return -1;
    if (fetch_io_write(part->fd, bytes, n) < 0) {
        if (errno != ENOSPC && errno != EDQUOT)
            return error_errno(err, errno, "write %s", part->path);
        return error_set(
            err, ERROR_NO_SPACE,
            "no space is left in %s; free some, or set XDG_CACHE_HOME to another place",
            part->directory);
    }
    part->size += n;
    return 0;
}

int fetch_part_finish(struct fetch_part *part, struct sha256 *out, struct error *err)
{
    return digest_finish(part->digest, out, err);
}

enum kind fetch_part_kind(const struct fetch_part *part)
{
    AUTO_FREE uint8_t *head = malloc(KIND_HEAD_BYTES);
    ssize_t n = head ? pread(part->fd, head, KIND_HEAD_BYTES, 0) : -1;
    return n < 0 ? KIND_UNKNOWN : kind_of(head, (size_t)n);
}

int fetch_part_publish(struct fetch_part *part, const char *path, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    if (paths_parent(&directory, path, err) < 0 || paths_make(directory, FETCH_CACHE_MODE, err) < 0)
        return -1;
    AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", directory);

    if (fchmod(part->fd, FETCH_ENTRY_MODE) < 0 || fsync(part->fd) < 0)
        return error_errno(err, errno, "flush %s", part->path);
    if (rename(part->path, path) < 0)
        return error_errno(err, errno, "rename %s to %s", part->path, path);
    free(steal(&part->path));
    if (fsync(fd) < 0)
        return error_errno(err, errno, "flush %s", directory);
    return 0;
}

void fetch_part_free(struct fetch_part *part)
{
    if (!part)
        return;
    if (part->path)
        unlink(part->path);
    if (part->fd >= 0)
        close(part->fd);
    free(part->path);
    free(part->directory);
    digest_free(part->digest);
    free(part);
}
