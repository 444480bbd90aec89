/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_entries.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "core/list.h"
#include "core/paths.h"
#include "fetch/fetch_io.h"
#include "fetch/fetch_part.h"

/* ---- reading ---- */

static struct fetch_entry *add(struct fetch_entries *entries)
{
    if (list_grow(&entries->list, entries->n, &entries->capacity, NULL) < 0)
        return NULL;
    struct fetch_entry *entry = &entries->list[entries->n++];
    *entry = (struct fetch_entry){0};
    return entry;
}

static enum kind kind_of_file(int fd)
{
    AUTO_FREE uint8_t *head = malloc(KIND_HEAD_BYTES);
    ssize_t n = head ? pread(fd, head, KIND_HEAD_BYTES, 0) : -1;
    return n < 0 ? KIND_UNKNOWN : kind_of(head, (size_t)n);
}

static bool has_suffix(const char *name, const char *suffix)
{
    size_t n = strlen(name);
    return n >= strlen(suffix) && strcmp(name + n - strlen(suffix), suffix) == 0;
}

/* What goes away meanwhile is passed over. */
static int read_one(struct fetch_entries *entries, int directory, const char *path,
                    const char *name, bool part, struct error *err)
{
    struct sha256 sum = {0};
    struct stat st;
    if (part ? !has_suffix(name, FETCH_PART_SUFFIX) : !sha256_parse(&sum, name))
        return 0;
    AUTO_FD int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return 0;

    struct fetch_entry *entry = add(entries);
    if (!entry)
        return error_no_memory(err);
    entry->sha256 = sum;
    entry->size = (uint64_t)st.st_size;
    entry->used = st.st_mtime;
    entry->kind = kind_of_file(fd);
    entry->part = part;
    entry->busy = flock(fd, LOCK_EX | LOCK_NB) < 0;
    return paths_join(&entry->path, path, name, err);
}

static int read_directory(struct fetch_entries *entries, const char *path, bool part,
                          struct error *err)
{
    AUTO_DIR DIR *d = opendir(path);
    if (!d)
        return errno == ENOENT ? 0 : error_errno(err, errno, "read the directory %s", path);
    for (const struct dirent *entry; (entry = readdir(d));)
        if (read_one(entries, dirfd(d), path, entry->d_name, part, err) < 0)
            return -1;
    return 0;
}

static int by_use(const void *a, const void *b)
{
    const struct fetch_entry *x = a;
    const struct fetch_entry *y = b;
    if (x->part != y->part)
        return x->part ? 1 : -1;
    if (x->used != y->used)
        return x->used < y->used ? -1 : 1;
    return strcmp(x->path, y->path);
}

int fetch_entries_read(struct fetch_entries *out, const struct fetch_cache *cache,
                       struct error *err)
{
    AUTO_FETCH_ENTRIES struct fetch_entries entries = {0};
    if (read_directory(&entries, cache->entries, false, err) < 0 ||
        read_directory(&entries, cache->partials, true, err) < 0)
        return -1;
    if (entries.n > 0)
        qsort(entries.list, entries.n, sizeof(*entries.list), by_use);
    *out = entries;
    entries = (struct fetch_entries){0};
    return 0;
}

void fetch_entries_free(struct fetch_entries *entries)
{
    for (size_t i = 0; i < entries->n; i++)
        free(entries->list[i].path);
    free(entries->list);
    *entries = (struct fetch_entries){0};
}

int fetch_entry_check(const struct fetch_entry *entry, bool *sound, struct events *events,
                      struct error *err)
{
    AUTO_HASHER struct hasher *hasher = NULL;
    struct checksum is;
    uint64_t size;
    AUTO_FD int fd = open(entry->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", entry->path);
    struct fetch_reading reading = {
        .fd = fd, .name = entry->path, .total = entry->size, .events = events, .to = -1};
    if (hasher_new(&hasher, false, err) < 0 || fetch_io_hash(&reading, hasher, &size, err) < 0 ||
        hasher_finish(hasher, &is, err) < 0)
        return -1;
    *sound = sha256_equal(&is.sha256, &entry->sha256);
    return 0;
}

/* ---- making room ---- */

void fetch_entries_choose(struct fetch_entries *entries, const struct fetch_prune *prune)
{
    uint64_t left = 0;
    for (size_t i = 0; i < entries->n; i++) {
        struct fetch_entry *entry = &entries->list[i];
        entry->remove = !entry->busy && (entry->part || entry->used < prune->used_before);
        if (!entry->remove && !entry->part)
            left += entry->size;
    }
    for (size_t i = 0; i < entries->n && left > prune->max_bytes; i++) {
        struct fetch_entry *entry = &entries->list[i];
        if (entry->remove || entry->busy || entry->part)
            continue;
        entry->remove = true;
        left -= entry->size;
    }
}

int fetch_entry_remove(struct fetch_entry *entry, struct error *err)
{
    AUTO_FD int fd = open(entry->path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0 && errno == ENOENT)
        return 0;
    if (fd < 0)
        return error_errno(err, errno, "open %s", entry->path);
    entry->busy = flock(fd, LOCK_EX | LOCK_NB) < 0;
    if (entry->busy)
        return 0;
    if (entry->part)
        fetch_part_remove_state(entry->path);
    if (unlink(entry->path) < 0 && errno != ENOENT)
        return error_errno(err, errno, "remove %s", entry->path);
    return 0;
}
