/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "core/paths.h"
#include "image/directory/directory_fd.h"
#include "image/directory/directory_flags.h"
#include "image/directory/directory_names.h"
#include "image/directory/directory_remove.h"

enum {
    TRIES = 100,
    NAME_EXTRA = sizeof("..123456.partial") - 1, /* of a hidden name, beside NAME */
};

static int exists(const struct directory_place *place, struct error *err)
{
    return error_set(err, ERROR_EXISTS,
                     "make the directory %s: it exists already; remove it or choose another name",
                     place->path);
}

static int failed(const struct directory_place *place, const char *verb, struct error *err)
{
    return error_errno(err, errno, "%s %s", verb, place->path);
}

static int path_set(struct directory_place *place, const char *path, bool sync, struct error *err)
{
    *place = (struct directory_place){.sync = sync, .parent = -1, .root = -1, .files_fd = -1};
    place->path = strdup(path);
    if (!place->path)
        return error_no_memory(err);
    for (size_t n = strlen(place->path); n > 1 && place->path[n - 1] == '/'; n--)
        place->path[n - 1] = '\0';
    return 0;
}

int directory_place_init_into(struct directory_place *place, const char *path, bool sync,
                              struct error *err)
{
    if (path_set(place, path, sync, err) < 0)
        return -1;
    place->into = true;
    place->parent = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return place->parent < 0 ? failed(place, "open the directory", err) : 0;
}

int directory_place_init(struct directory_place *place, const char *path, bool sync,
                         struct error *err)
{
    AUTO_FREE char *parent = NULL;
    struct stat st;

    if (path_set(place, path, sync, err) < 0)
        return -1;
    if (place->path[0] == '\0')
        return error_set(err, ERROR_USAGE, "the directory to make has no name; give one");
    if (lstat(place->path, &st) == 0)
        return exists(place, err);
    if (paths_parent(&parent, place->path, err) < 0)
        return -1;
    place->parent = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (place->parent >= 0)
        return 0;
    if (errno != ENOENT)
        return error_errno(err, errno, "open the directory %s", parent);
    return error_set(err, ERROR_NOT_FOUND,
                     "make the directory %s: there is no directory %s; make it or check the name",
                     place->path, parent);
}

/* ---- the hidden directories ---- */

static const char *hidden_base(const struct directory_place *place)
{
    return place->into ? "tree" : paths_base(place->path);
}

static int hidden_name(const struct directory_place *place, const char *ending, char **out,
                       struct error *err)
{
    uint32_t number;
    if (getrandom(&number, sizeof(number), 0) != sizeof(number))
        return error_errno(err, errno, "get a random number");
    if (asprintf(out, ".%.*s.%06x.%s", NAME_MAX - NAME_EXTRA, hidden_base(place), number & 0xffffff,
                 ending) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

/* A new directory of this user alone. */
static int hidden_make(const struct directory_place *place, const char *ending, char **out, int *fd,
                       struct error *err)
{
    const char *doing = place->into ? "write in" : "make the directory";
    AUTO_FREE char *name = NULL;
    int rc = -1;
    for (int i = 0; i < TRIES && rc < 0; i++) {
        free(steal(&name));
        if (hidden_name(place, ending, &name, err) < 0)
            return -1;
        rc = mkdirat(place->parent, name, S_IRWXU);
        if (rc < 0 && errno != EEXIST)
            break;
    }
    if (rc < 0)
        return failed(place, doing, err);
    *out = steal(&name);
    *fd = openat(place->parent, *out, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (*fd < 0 || fchmod(*fd, S_IRWXU) < 0)
        return failed(place, doing, err);
    /* What the parent hands down to new files is none of the tree's business. */
    fremovexattr(*fd, "system.posix_acl_default");
    fremovexattr(*fd, "system.posix_acl_access");
    (void)!directory_flags_set(*fd, UINT16_MAX, 0);
    return 0;
}

int directory_place_make(struct directory_place *place, struct error *err)
{
    int rc = hidden_make(place, "partial", &place->partial, &place->root, err);
    return rc < 0 ? rc : hidden_make(place, "files", &place->files, &place->files_fd, err);
}

/* ---- the end ---- */

static int hidden_remove(struct directory_place *place, char **name)
{
    if (*name && directory_remove(place->parent, *name) < 0)
        return -1;
    free(steal(name));
    return 0;
}

/* Without RENAME_NOREPLACE (old and foreign file systems): an empty directory that we make may be
 * replaced, and making it fails where the name is taken; other files get a second name first. */
static int move_without_flag(int from, const char *name, int to, const char *new_name)
{
    struct stat st;
    if (fstatat(from, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
        return -1;
    if (!S_ISDIR(st.st_mode))
        return linkat(from, name, to, new_name, 0) < 0 ? -1 : unlinkat(from, name, 0);
    if (mkdirat(to, new_name, S_IRWXU) < 0)
        return -1;
    if (renameat(from, name, to, new_name) == 0)
        return 0;
    int errnum = errno;
    unlinkat(to, new_name, AT_REMOVEDIR);
    errno = errnum;
    return -1;
}

/* EEXIST where the new name is taken. */
static int move(int from, const char *name, int to, const char *new_name)
{
    if (renameat2(from, name, to, new_name, RENAME_NOREPLACE) == 0)
        return 0;
    if (errno != EINVAL && errno != ENOSYS)
        return -1;
    return move_without_flag(from, name, to, new_name);
}

/* A directory that changes its parent has to be writable for a moment. */
static int name_move(int from, const char *name, int to)
{
    struct stat st;
    if (move(from, name, to, name) == 0)
        return 0;
    if (errno != EACCES)
        return -1;
    AUTO_FD int held = directory_hold(from, name);
    if (held < 0 || fstat(held, &st) < 0)
        return -1;
    const struct directory_proc proc = directory_proc(held);
    if (!S_ISDIR(st.st_mode) || chmod(proc.name, st.st_mode | S_IWUSR) < 0) {
        errno = EACCES;
        return -1;
    }
    int rc = move(from, name, to, name);
    int errnum = errno;
    if (chmod(proc.name, st.st_mode) < 0)
        return -1;
    errno = errnum;
    return rc;
}

static int name_failed(const struct directory_place *place, const char *name, struct error *err)
{
    if (errno == EEXIST)
        return error_set(err, ERROR_EXISTS,
                         "%s/%s: it exists already; remove it or choose another place", place->path,
                         name);
    return error_errno(err, errno, "move into place %s/%s", place->path, name);
}

/* All names or none. */
static int names_publish(struct directory_place *place, struct error *err)
{
    struct directory_names names = {0};
    size_t n = 0;

    if (directory_names_read(&names, place->root) < 0)
        return failed(place, "list what goes into", err);
    while (n < names.n && name_move(place->root, names.list[n].text, place->parent) == 0)
        n++;
    int rc = n < names.n ? name_failed(place, names.list[n].text, err) : 0;
    while (rc < 0 && n > 0)
        (void)!name_move(place->parent, names.list[--n].text, place->root);
    directory_names_free(&names);
    if (rc == 0 && hidden_remove(place, &place->partial) < 0)
        return failed(place, "clear up after", err);
    return rc;
}

static int whole_publish(struct directory_place *place, struct error *err)
{
    if (move(place->parent, place->partial, place->parent, paths_base(place->path)) < 0)
        return errno == EEXIST ? exists(place, err) : failed(place, "name the directory", err);
    free(steal(&place->partial));
    return 0;
}

int directory_place_clear(struct directory_place *place, struct error *err)
{
    if (hidden_remove(place, &place->files) < 0)
        return failed(place, "clear up after", err);
    return 0;
}

int directory_place_publish(struct directory_place *place, struct error *err)
{
    if (place->sync && syncfs(place->root) < 0)
        return failed(place, "flush", err);
    if ((place->into ? names_publish(place, err) : whole_publish(place, err)) < 0)
        return -1;
    if (place->sync && fsync(place->parent) < 0)
        return failed(place, "flush the directory of", err);
    return 0;
}

void directory_place_free(struct directory_place *place, struct events *events)
{
    if (hidden_remove(place, &place->files) < 0 || hidden_remove(place, &place->partial) < 0)
        event_warning(events, "unfinished work stays behind: remove .%s.*.partial and .files %s %s",
                      hidden_base(place), place->into ? "in" : "beside", place->path);
    free(place->files);
    free(place->partial);
    free(place->path);
    cleanup_fd(&place->parent);
    cleanup_fd(&place->root);
    cleanup_fd(&place->files_fd);
}
