/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/atomic_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "core/paths.h"

enum {
    TEMPORARY_TRIES = 100,
    TEMPORARY_EXTRA = sizeof("..123456.partial") - 1, /* of a temporary's name, beside NAME */
    PROC_NAME_BYTES = 32,
};

static void proc_name(char name[PROC_NAME_BYTES], int fd)
{
    snprintf(name, PROC_NAME_BYTES, "/proc/self/fd/%d", fd);
}

/* ".NAME.123456.partial" beside path, NAME cut where the whole would be too long. */
static int temporary_name(char **out, const char *path, struct error *err)
{
    uint32_t number;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return error_errno(err, errno, "get a random number");
    const char *base = paths_base(path);
    if (asprintf(out, "%.*s.%.*s.%06x.partial", (int)(base - path), path,
                 NAME_MAX - TEMPORARY_EXTRA, base, number & 0xffffff) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

static int create_failed(const char *path, const char *directory, struct error *err)
{
    if (errno != ENOENT)
        return error_errno(err, errno, "create %s", path);
    if (access(directory, F_OK) == 0) /* as in /proc */
        return error_errno(err, ENOENT, "create %s: the directory %s takes no new file", path,
                           directory);
    return error_set(err, ERROR_NOT_FOUND,
                     "create %s: there is no directory %s; make it or check the name", path,
                     directory);
}

/* Without O_TMPFILE: old or foreign file systems. */
static int create_named(struct atomic_file *file, const char *directory, struct error *err)
{
    for (int i = 0; i < TEMPORARY_TRIES; i++) {
        char *name AUTO_FREE = NULL;
        if (temporary_name(&name, file->path, err) < 0)
            return -1;
        file->fd = open(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file->fd >= 0) {
            file->temporary = steal(&name);
            return 0;
        }
        if (errno != EEXIST)
            break;
    }
    return create_failed(file->path, directory, err);
}

static int create_unnamed(struct atomic_file *file, const char *directory, struct error *err)
{
    file->fd = open(directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    if (file->fd < 0 && (errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL))
        return create_named(file, directory, err);
    if (file->fd < 0)
        return create_failed(file->path, directory, err);

    char name[PROC_NAME_BYTES];
    proc_name(name, file->fd);
    if (access(name, F_OK) == 0)
        return 0;
    close(steal_fd(&file->fd));
    return create_named(file, directory, err);
}

static int check_target(const char *path, bool replace, struct error *err)
{
    struct stat st;
    size_t n = strlen(path);
    if (n == 0 || path[n - 1] == '/')
        return error_set(err, ERROR_USAGE, "create '%s': that is no name of a file; add one", path);
    if (lstat(path, &st) < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "create %s", path);
    if (S_ISDIR(st.st_mode))
        return error_set(err, ERROR_EXISTS,
                         "create %s: a directory of that name exists; add the name of a file",
                         path);
    if (!replace)
        return error_set(err, ERROR_EXISTS,
                         "create %s: it exists already; remove it or choose another name", path);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return error_set(err, ERROR_EXISTS,
                         "create %s: something that is no regular file has that name; choose "
                         "another name",
                         path);
    return 0;
}

int atomic_create(struct atomic_file **out, const char *path, unsigned flags, struct error *err)
{
    bool replace = flags & ATOMIC_REPLACE;
    if (check_target(path, replace, err) < 0)
        return -1;
    struct atomic_file *file AUTO_ATOMIC = calloc(1, sizeof(*file));
    if (!file)
        return error_no_memory(err);
    file->fd = -1;
    file->sync = !(flags & ATOMIC_NO_SYNC);
    file->replace = replace;
    file->path = strdup(path);
    if (!file->path)
        return error_no_memory(err);

    char *directory AUTO_FREE = NULL;
    if (paths_parent(&directory, path, err) < 0 || create_unnamed(file, directory, err) < 0)
        return -1;
    *out = steal(&file);
    return 0;
}

int atomic_sync(struct atomic_file *file, struct error *err)
{
    if (!file->sync || fdatasync(file->fd) == 0)
        return 0;
    return error_errno(err, errno, "flush %s", file->path);
}

/* A file that replaces another one cannot be linked over it: it gets a temporary name first. */
static int name_temporary(struct atomic_file *file, const char *source, struct error *err)
{
    for (int i = 0; i < TEMPORARY_TRIES; i++) {
        char *name AUTO_FREE = NULL;
        if (temporary_name(&name, file->path, err) < 0)
            return -1;
        if (linkat(AT_FDCWD, source, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
            file->temporary = steal(&name);
            return 0;
        }
        if (errno != EEXIST)
            break;
    }
    return error_errno(err, errno, "name %s", file->path);
}

/* rename() that does not replace; where the file system has no such thing, link and unlink. */
static int rename_new(const char *from, const char *to)
{
    if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    if (link(from, to) < 0)
        return -1;
    unlink(from);
    return 0;
}

static int publish(struct atomic_file *file, struct error *err)
{
    char source[PROC_NAME_BYTES];
    proc_name(source, file->fd);
    if (!file->temporary) {
        if (linkat(AT_FDCWD, source, AT_FDCWD, file->path, AT_SYMLINK_FOLLOW) == 0)
            return 0;
        if (errno != EEXIST || !file->replace)
            return error_errno(err, errno, "name %s", file->path);
        if (name_temporary(file, source, err) < 0)
            return -1;
    }
    int rc = file->replace ? rename(file->temporary, file->path)
                           : rename_new(file->temporary, file->path);
    if (rc < 0)
        return error_errno(err, errno, "name %s", file->path);
    free(steal(&file->temporary));
    return 0;
}

static int sync_directory(const char *path, struct error *err)
{
    char *directory AUTO_FREE = NULL;
    if (paths_parent(&directory, path, err) < 0)
        return -1;
    return paths_flush(directory, err);
}

static int commit(struct atomic_file *file, struct error *err)
{
    if (atomic_sync(file, err) < 0 || publish(file, err) < 0)
        return -1;
    int rc = file->sync ? sync_directory(file->path, err) : 0;
    if (close(steal_fd(&file->fd)) < 0 && rc == 0)
        rc = error_errno(err, errno, "close %s", file->path);
    if (rc < 0 && !file->replace)
        unlink(file->path);
    return rc;
}

int atomic_commit(struct atomic_file *file, struct error *err)
{
    int rc = commit(file, err);
    atomic_discard(file);
    return rc;
}

void atomic_discard(struct atomic_file *file)
{
    if (!file)
        return;
    cleanup_fd(&file->fd);
    if (file->temporary)
        unlink(file->temporary);
    free(file->temporary);
    free(file->path);
    free(file);
}

int atomic_write(const char *path, const void *bytes, size_t n, unsigned flags, struct error *err)
{
    struct atomic_file *file AUTO_ATOMIC = NULL;
    if (atomic_create(&file, path, flags | ATOMIC_REPLACE, err) < 0)
        return -1;
    const char *from = bytes;
    while (n > 0) {
        ssize_t put = write(file->fd, from, n);
        if (put < 0 && errno == EINTR)
            continue;
        if (put < 0)
            return error_errno(err, errno, "write %s", path);
        from += put;
        n -= (size_t)put;
    }
    return atomic_commit(steal(&file), err);
}
