/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_cache.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "fetch/fetch_io.h"

/* ---- the place ---- */

static int check_owner(const char *root, struct error *err)
{
    struct stat st;
    if (stat(root, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "look for %s", root);
    if ((st.st_uid == geteuid() || st.st_uid == 0) && !(st.st_mode & (S_IWGRP | S_IWOTH)))
        return 0;
    return error_set(err, ERROR_DENIED,
                     "%s: others can put files into this cache; make it your own (chown, chmod "
                     "go-w), or set XDG_CACHE_HOME to another place",
                     root);
}

int fetch_cache_open(struct fetch_cache *out, struct error *err)
{
    *out = (struct fetch_cache){0};
    AUTO_FREE char *root = NULL;
    if (paths_cache(&root, err) < 0 || check_owner(root, err) < 0)
        return -1;
    if (paths_join(&out->entries, root, "sha256", err) < 0 ||
        paths_join(&out->names, root, "names", err) < 0 ||
        paths_join(&out->partials, root, "partial", err) < 0) {
        fetch_cache_close(out);
        return -1;
    }
    return 0;
}

void fetch_cache_close(struct fetch_cache *cache)
{
    free(cache->entries);
    free(cache->names);
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

/* ---- names ---- */

#define LINK_PREFIX "../sha256/"

void fetch_cache_remember(const struct fetch_cache *cache, const char *name,
                          const struct sha256 *sum)
{
    AUTO_FREE char *link = NULL;
    AUTO_FREE char *temporary = NULL;
    char target[sizeof(LINK_PREFIX) + SHA256_HEX_BYTES] = LINK_PREFIX;
    sha256_format(sum, target + strlen(LINK_PREFIX));

    if (paths_make(cache->names, FETCH_CACHE_MODE, NULL) < 0 ||
        paths_join(&link, cache->names, name, NULL) < 0 ||
        asprintf(&temporary, "%s/.%ld", cache->names, (long)getpid()) < 0)
        return;
    unlink(temporary);
    if (symlink(target, temporary) == 0 && rename(temporary, link) < 0)
        unlink(temporary);
}

bool fetch_cache_recall(const struct fetch_cache *cache, const char *name, struct sha256 *out)
{
    AUTO_FREE char *link = NULL;
    char target[PATH_MAX];
    if (paths_join(&link, cache->names, name, NULL) < 0)
        return false;
    ssize_t n = readlink(link, target, sizeof(target) - 1);
    if (n < 0)
        return false;
    target[n] = '\0';
    return strncmp(target, LINK_PREFIX, strlen(LINK_PREFIX)) == 0 &&
           sha256_parse(out, target + strlen(LINK_PREFIX));
}

void fetch_cache_tidy_names(const struct fetch_cache *cache)
{
    AUTO_DIR DIR *d = opendir(cache->names);
    if (!d)
        return;
    for (const struct dirent *entry; (entry = readdir(d));)
        if (faccessat(dirfd(d), entry->d_name, F_OK, 0) < 0 && errno == ENOENT)
            unlinkat(dirfd(d), entry->d_name, 0);
}

/* ---- entries ---- */

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

/* 1 with the entry open and locked, 0 where there is none. By the time the lock is had, the file
 * may have been pruned or replaced: then it is looked for again. */
static int open_entry(const char *path, int *out, struct stat *st, struct events *events,
                      struct error *err)
{
    for (;;) {
        if (lstat(path, st) < 0)
            return errno == ENOENT ? 0 : error_errno(err, errno, "look for %s", path);
        if (!S_ISREG(st->st_mode))
            return remove_damaged(path, st, events, err);
        AUTO_FD int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
            return errno == ENOENT ? 0 : error_errno(err, errno, "open %s", path);
        if (flock(fd, LOCK_SH) < 0)
            return error_errno(err, errno, "lock %s", path);
        if (fstat(fd, st) < 0)
            return error_errno(err, errno, "stat %s", path);
        if (st->st_nlink > 0) {
            *out = steal_fd(&fd);
            return 1;
        }
    }
}

static bool lookup(const struct fetch_cache *cache, const struct checksum *wanted,
                   struct sha256 *out)
{
    char hex[CHECKSUM_HEX_BYTES];
    if (wanted->has_sha256) {
        *out = wanted->sha256;
        return true;
    }
    if (!wanted->has_sha512)
        return false;
    fetch_wanted_name(wanted, hex);
    return fetch_cache_recall(cache, hex, out);
}

int fetch_cache_find(const struct fetch_cache *cache, const struct checksum *wanted,
                     struct events *events, struct fetch_result *out, struct error *err)
{
    AUTO_FREE char *path = NULL;
    AUTO_HASHER struct hasher *hasher = NULL;
    AUTO_FD int fd = -1;
    struct sha256 name;
    struct stat st;

    if (!lookup(cache, wanted, &name))
        return 0;
    if (fetch_cache_path(cache, &name, &path, err) < 0)
        return -1;
    int found = open_entry(path, &fd, &st, events, err);
    if (found <= 0)
        return found;

    event_step(events, "checking the cached file");
    struct fetch_reading reading = {
        .fd = fd, .name = path, .total = (uint64_t)st.st_size, .events = events, .to = -1};
    struct checksum sums;
    uint64_t size;
    if (hasher_new(&hasher, wanted->has_sha512, err) < 0 ||
        fetch_io_hash(&reading, hasher, &size, err) < 0 || hasher_finish(hasher, &sums, err) < 0)
        return -1;
    if (!sha256_equal(&sums.sha256, &name))
        return remove_damaged(path, &st, events, err);
    if (fetch_wanted_check(wanted, &sums, NULL) < 0)
        return 0;

    /* For prune: when it was used last. */
    futimens(fd, (struct timespec[]){{.tv_nsec = UTIME_OMIT}, {.tv_nsec = UTIME_NOW}});
    *out = (struct fetch_result){
        .path = steal(&path), .fd = steal_fd(&fd), .sha256 = name, .size = size, .cached = true};
    return 1;
}

int fetch_cache_copy(const struct fetch_result *entry, int to, const char *name, struct error *err)
{
    AUTO_HASHER struct hasher *hasher = NULL;
    struct fetch_reading reading = {
        .fd = entry->fd, .name = entry->path, .to = to, .to_name = name};
    struct checksum sums;
    uint64_t size;
    if (hasher_new(&hasher, false, err) < 0 || fetch_io_hash(&reading, hasher, &size, err) < 0 ||
        hasher_finish(hasher, &sums, err) < 0)
        return -1;
    if (!sha256_equal(&sums.sha256, &entry->sha256))
        return error_set(err, ERROR_VERIFY,
                         "%s: the cached file changed while it was copied; try again", entry->path);
    return 0;
}
