/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_part.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>

#include "core/paths.h"
#include "core/size.h"
#include "fetch/fetch_cache.h"
#include "fetch/fetch_clock.h"
#include "fetch/fetch_io.h"

enum {
    LOCK_POLL_MS = 50,
};

/* Removes what nobody has touched for days. What cannot be removed now waits for the next time. */
static void sweep(const char *directory)
{
    AUTO_DIR DIR *d = opendir(directory);
    const time_t oldest = time(NULL) - FETCH_PART_DAYS * 24 * 3600;
    if (!d)
        return;
    for (const struct dirent *entry; (entry = readdir(d));) {
        struct stat st;
        AUTO_FD int fd =
            openat(dirfd(d), entry->d_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        if (fd >= 0 && fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_mtime < oldest &&
            flock(fd, LOCK_EX | LOCK_NB) == 0)
            unlinkat(dirfd(d), entry->d_name, 0);
    }
}

/* ---- the lock ---- */

static int lock_wait(const struct fetch_part *part, int fd, int64_t deadline, struct events *events,
                     struct error *err)
{
    for (bool told = false; flock(fd, LOCK_EX | LOCK_NB) < 0; told = true) {
        if (errno != EWOULDBLOCK && errno != EINTR)
            return error_errno(err, errno, "lock %s", part->path);
        if (!told)
            event_step(events, "waiting for another process that downloads the same file");
        if (fetch_clock_now() >= deadline)
            return error_set(err, ERROR_BUSY,
                             "another process downloads the same file and has not come to an end; "
                             "wait for it, or allow more time with --max-time");
        if (fetch_clock_sleep(LOCK_POLL_MS, err) < 0)
            return -1;
    }
    return 0;
}

/* Until the lock is had, the process that had it may have published or removed the file: then it is
 * a lock on something that no longer has the name, and the next one is tried. */
static int open_locked(struct fetch_part *part, int64_t deadline, struct events *events,
                       struct error *err)
{
    for (;;) {
        struct stat got, there;
        AUTO_FD int fd =
            open(part->path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600);
        if (fd < 0)
            return error_errno(err, errno, "open %s", part->path);
        if (fstat(fd, &got) < 0)
            return error_errno(err, errno, "stat %s", part->path);
        if (!S_ISREG(got.st_mode))
            return error_set(err, ERROR_WRONG_KIND, "%s is no regular file; remove it", part->path);
        if (lock_wait(part, fd, deadline, events, err) < 0)
            return -1;
        if (fstat(fd, &got) == 0 && lstat(part->path, &there) == 0 && got.st_ino == there.st_ino &&
            got.st_dev == there.st_dev) {
            part->size = (uint64_t)got.st_size;
            part->fd = steal_fd(&fd);
            return 0;
        }
    }
}

/* ---- what was left ---- */

/* A resumed download still has each byte hashed once, those of the earlier process included. */
static int take_over(struct fetch_part *part, bool proven, struct events *events, struct error *err)
{
    if (part->size == 0)
        return 0;
    if (!fetch_version_load(&part->version, part->state, proven) || part->size > part->max ||
        (part->exact && part->size > part->exact) ||
        (part->version.total && part->size > part->version.total))
        return fetch_part_forget(part, err);

    event_step(events, "reading what is there already");
    struct fetch_reading reading = {
        .fd = part->fd, .name = part->path, .total = part->size, .events = events, .to = -1};
    part->pieced = true;
    return fetch_io_hash(&reading, part->hasher, &part->size, err);
}

/* PATH.part: PATH.json. */
static char *state_of(const char *path)
{
    char *out = NULL;
    int stem = (int)(strlen(path) - strlen(FETCH_PART_SUFFIX));
    return asprintf(&out, "%.*s" FETCH_STATE_SUFFIX, stem, path) < 0 ? NULL : out;
}

void fetch_part_remove_state(const char *path)
{
    AUTO_FREE char *state = state_of(path);
    if (state)
        unlink(state);
}

static int set_names(struct fetch_part *part, const struct fetch_part_plan *plan, struct error *err)
{
    part->directory = strdup(plan->directory);
    if (!part->directory ||
        asprintf(&part->path, "%s/%s" FETCH_PART_SUFFIX, plan->directory, plan->key) < 0)
        return error_no_memory(err);
    part->state = state_of(part->path);
    return part->state ? 0 : error_no_memory(err);
}

int fetch_part_open(struct fetch_part **out, const struct fetch_part_plan *plan, int64_t deadline,
                    struct events *events, struct error *err)
{
    if (paths_make(plan->directory, FETCH_CACHE_MODE, err) < 0)
        return -1;
    sweep(plan->directory);

    AUTO_FETCH_PART struct fetch_part *part = malloc(sizeof(*part));
    if (!part)
        return error_no_memory(err);
    *part = (struct fetch_part){
        .fd = -1, .exact = plan->exact, .max = plan->max, .sha512 = plan->sha512};
    if (set_names(part, plan, err) < 0 || hasher_new(&part->hasher, part->sha512, err) < 0 ||
        open_locked(part, deadline, events, err) < 0 ||
        take_over(part, plan->proven, events, err) < 0)
        return -1;
    *out = steal(&part);
    return 0;
}

/* ---- what comes ---- */

static int wrong_size(const struct fetch_part *part, uint64_t size, bool more, struct error *err)
{
    return error_set(err, ERROR_VERIFY,
                     "it has %s%ju bytes, expected %ju; nothing was kept: try another mirror",
                     more ? "more than " : "", (uintmax_t)size, (uintmax_t)part->exact);
}

static int too_large(const struct fetch_part *part, struct error *err)
{
    char max[SIZE_TEXT_BYTES];
    return error_set(err, ERROR_LIMIT,
                     "it is larger than the limit of %s; allow more with --max-size if it is meant "
                     "to be that large",
                     size_format(part->max, max));
}

static int check_total(const struct fetch_part *part, uint64_t total, struct error *err)
{
    if (part->exact && total != part->exact)
        return wrong_size(part, total, false, err);
    if (total > part->max)
        return too_large(part, err);

    unsigned long long available;
    if (paths_free_space(part->directory, &available, err) < 0)
        return -1;
    if (total - part->size <= available)
        return 0;
    char need[SIZE_TEXT_BYTES];
    char have[SIZE_TEXT_BYTES];
    return error_set(err, ERROR_NO_SPACE,
                     "%s are to come, and only %s are free in %s; free some, or set XDG_CACHE_HOME "
                     "to another place",
                     size_format(total - part->size, need), size_format(available, have),
                     part->directory);
}

static bool resumable(const struct fetch_version *version)
{
    return version->tag[0] || version->modified[0];
}

/* The old bytes go before the new version is noted, so that at no moment the one is taken for the
 * other. */
int fetch_part_begin(struct fetch_part *part, uint64_t offset, const struct fetch_version *version,
                     struct error *err)
{
    if (offset == 0 && fetch_part_forget(part, err) < 0)
        return -1;
    if (offset != part->size)
        return error_set(err, ERROR_INTERNAL, "bytes are to be put at %ju of a part that has %ju",
                         (uintmax_t)offset, (uintmax_t)part->size);
    if (version->total && check_total(part, version->total, err) < 0)
        return -1;
    if (lseek(part->fd, (off_t)offset, SEEK_SET) < 0)
        return error_errno(err, errno, "write %s", part->path);
    part->pieced = offset > 0;
    if (part->pieced)
        return 0;
    part->version = *version;
    return resumable(version) ? fetch_version_save(version, part->state, err) : 0;
}

int fetch_part_write(struct fetch_part *part, const void *bytes, size_t n, struct error *err)
{
    if (part->exact && n > part->exact - part->size)
        return wrong_size(part, part->exact, true, err);
    if (n > part->max - part->size)
        return too_large(part, err);
    if (fetch_io_write(part->fd, bytes, n) < 0) {
        if (errno != ENOSPC && errno != EDQUOT)
            return error_errno(err, errno, "write %s", part->path);
        return error_set(err, ERROR_NO_SPACE,
                         "no space is left in %s; free some, or set XDG_CACHE_HOME to another "
                         "place",
                         part->directory);
    }
    part->size += n;
    return hasher_update(part->hasher, bytes, n, err);
}

int fetch_part_forget(struct fetch_part *part, struct error *err)
{
    part->version = (struct fetch_version){0};
    part->pieced = false;
    part->size = 0;
    if (ftruncate(part->fd, 0) < 0)
        return error_errno(err, errno, "empty %s", part->path);
    unlink(part->state);
    hasher_free(steal(&part->hasher));
    return hasher_new(&part->hasher, part->sha512, err);
}

/* ---- the end ---- */

int fetch_part_finish(struct fetch_part *part, struct checksum *out, struct error *err)
{
    if (part->exact && part->size != part->exact)
        return wrong_size(part, part->size, false, err);
    return hasher_finish(part->hasher, out, err);
}

enum kind fetch_part_kind(const struct fetch_part *part)
{
    AUTO_FREE uint8_t *head = malloc(KIND_HEAD_BYTES);
    ssize_t n = head ? pread(part->fd, head, KIND_HEAD_BYTES, 0) : -1;
    return n < 0 ? KIND_UNKNOWN : kind_of(head, (size_t)n);
}

int fetch_part_publish(struct fetch_part *part, const char *path, bool sync, struct error *err)
{
    AUTO_FREE char *directory = NULL;
    if (paths_parent(&directory, path, err) < 0 || paths_make(directory, FETCH_CACHE_MODE, err) < 0)
        return -1;
    AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", directory);

    if (fchmod(part->fd, FETCH_ENTRY_MODE) < 0 || (sync && fsync(part->fd) < 0))
        return error_errno(err, errno, "flush %s", part->path);
    if (rename(part->path, path) < 0)
        return error_errno(err, errno, "rename %s to %s", part->path, path);
    unlink(part->state);
    free(steal(&part->path));
    if (sync && fsync(fd) < 0)
        return error_errno(err, errno, "flush %s", directory);
    if (lseek(part->fd, 0, SEEK_SET) < 0 || flock(part->fd, LOCK_SH) < 0)
        return error_errno(err, errno, "lock %s", path);
    return steal_fd(&part->fd);
}

void fetch_part_free(struct fetch_part *part)
{
    if (!part)
        return;
    if (part->fd >= 0 && part->path && (part->size == 0 || !resumable(&part->version))) {
        unlink(part->path);
        unlink(part->state);
    }
    cleanup_fd(&part->fd);
    free(part->path);
    free(part->state);
    free(part->directory);
    hasher_free(part->hasher);
    free(part);
}
