/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

static int copy_text(char **out, const char *text, size_t n, struct error *err)
{
    *out = strndup(text, n);
    return *out ? 0 : error_no_memory(err);
}

/* variable/lxkit, for root fallback_root/lxkit, otherwise ~/fallback/lxkit. */
static int state_directory(char **out, const char *variable, const char *fallback_root,
                           const char *fallback, struct error *err)
{
    const char *base = getenv(variable);
    if (base && base[0] == '/')
        return paths_join(out, base, "lxkit", err);
    if (geteuid() == 0)
        return paths_join(out, fallback_root, "lxkit", err);

    const char *home = getenv("HOME");
    char *below AUTO_FREE = NULL;
    if (!home || home[0] != '/')
        return error_set(err, ERROR_NOT_FOUND,
                         "no home directory is known; set HOME or %s to an absolute path",
                         variable);
    if (paths_join(&below, home, fallback, err) < 0)
        return -1;
    return paths_join(out, below, "lxkit", err);
}

int paths_data(char **out, struct error *err)
{
    return state_directory(out, "XDG_DATA_HOME", "/var/lib", ".local/share", err);
}

int paths_cache(char **out, struct error *err)
{
    return state_directory(out, "XDG_CACHE_HOME", "/var/cache", ".cache", err);
}

int paths_state(char **out, struct error *err)
{
    return state_directory(out, "XDG_STATE_HOME", "/var/lib", ".local/state", err);
}

int paths_join(char **out, const char *directory, const char *name, struct error *err)
{
    size_t n = strlen(directory);
    const char *slash = n == 0 || directory[n - 1] == '/' ? "" : "/";
    if (asprintf(out, "%s%s%s", directory, slash, name) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

static size_t without_slashes(const char *path, size_t n)
{
    while (n > 1 && path[n - 1] == '/')
        n--;
    return n;
}

int paths_parent(char **out, const char *path, struct error *err)
{
    size_t n = without_slashes(path, strlen(path));
    while (n > 0 && path[n - 1] != '/')
        n--;
    if (n == 0)
        return copy_text(out, ".", 1, err);
    return copy_text(out, path, without_slashes(path, n), err);
}

const char *paths_base(const char *path)
{
    size_t n = without_slashes(path, strlen(path));
    while (n > 0 && path[n - 1] != '/')
        n--;
    return path[n] ? path + n : path;
}

int paths_absolute(char **out, const char *path, struct error *err)
{
    char *full AUTO_FREE = NULL;
    if (path[0] == '/') {
        if (copy_text(&full, path, strlen(path), err) < 0)
            return -1;
    } else {
        char *here AUTO_FREE = getcwd(NULL, 0);
        if (!here)
            return error_errno(err, errno, "find the current directory");
        if (paths_join(&full, here, path, err) < 0)
            return -1;
    }

    char *to = full;
    for (const char *from = full; *from;) {
        from += strspn(from, "/");
        size_t n = strcspn(from, "/");
        if (n > 0 && !(n == 1 && from[0] == '.')) {
            *to++ = '/';
            memmove(to, from, n);
            to += n;
        }
        from += n;
    }
    if (to == full)
        *to++ = '/';
    *to = '\0';
    *out = steal(&full);
    return 0;
}

static int make_one(const char *path, unsigned mode, struct error *err)
{
    if (mkdir(path, mode) == 0)
        return 0;
    int errnum = errno;
    struct stat st;
    if (stat(path, &st) == 0) {
        if (S_ISDIR(st.st_mode))
            return 0;
        return error_set(err, ERROR_EXISTS,
                         "make directory %s: a file of that name exists; choose another name",
                         path);
    }
    return error_errno(err, errnum, "make directory %s", path);
}

int paths_make(const char *path, unsigned mode, struct error *err)
{
    char *partial AUTO_FREE = NULL;
    if (copy_text(&partial, path, strlen(path), err) < 0)
        return -1;
    for (char *p = partial; *p; p++) {
        if (*p != '/' || p == partial || p[-1] == '/')
            continue;
        *p = '\0';
        int rc = make_one(partial, mode, err);
        *p = '/';
        if (rc < 0)
            return -1;
    }
    return make_one(path, mode, err);
}

int paths_free_space(const char *path, unsigned long long *out, struct error *err)
{
    char *at AUTO_FREE = NULL;
    if (copy_text(&at, path, strlen(path), err) < 0)
        return -1;
    struct statvfs st;
    while (statvfs(at, &st) < 0) {
        int errnum = errno;
        char *parent = NULL;
        bool top = strcmp(at, "/") == 0 || strcmp(at, ".") == 0;
        if (errnum != ENOENT || top)
            return error_errno(err, errnum, "ask for the free space at %s", path);
        if (paths_parent(&parent, at, err) < 0)
            return -1;
        free(at);
        at = parent;
    }
    *out = (unsigned long long)st.f_bavail * st.f_frsize;
    return 0;
}

int paths_flush(const char *directory, struct error *err)
{
    AUTO_FD int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return error_errno(err, errno, "open %s", directory);
    if (fsync(fd) < 0 && errno != EINVAL && errno != EOPNOTSUPP)
        return error_errno(err, errno, "flush %s", directory);
    return 0;
}
