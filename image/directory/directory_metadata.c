/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_metadata.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>

#include "core/paths.h"
#include "image/directory/directory_fd.h"
#include "image/directory/directory_flags.h"
#include "image/entry_flags.h"

struct work {
    int fd;
    struct directory_proc proc;
    const struct tree_file *file;
    const char *root;
    struct events *events;
    bool foreign; /* the owner could not be set */
    mode_t mode;  /* that is to be set */
};

/* ---- messages ---- */

int directory_failed(const char *root, const struct tree_file *file, int errnum, const char *verb,
                     struct error *err)
{
    AUTO_FREE char *path = NULL;
    AUTO_FREE char *full = NULL;
    if (tree_path(file, &path, err) < 0 || paths_join(&full, root, path, err) < 0)
        return -1;
    return error_errno(err, errnum, "%s %s", verb, full);
}

static int failed(const struct work *work, int errnum, const char *verb, struct error *err)
{
    return directory_failed(work->root, work->file, errnum, verb, err);
}

static int lost(const struct work *work, const char *id, struct error *err, const char *format, ...)
    PRINTF_LIKE(4, 5);

static int lost(const struct work *work, const char *id, struct error *err, const char *format, ...)
{
    AUTO_FREE char *path = NULL;
    va_list args;

    if (tree_path(work->file, &path, err) < 0)
        return -1;
    va_start(args, format);
    event_vloss(work->events, id, path, format, args);
    va_end(args);
    return 0;
}

/* ---- the parts, in their order ---- */

static int owner_set(struct work *work, const struct directory_rights *rights, struct error *err)
{
    const struct tree_file *file = work->file;
    struct stat st;

    if (fstat(work->fd, &st) < 0)
        return failed(work, errno, "look at", err);
    if (st.st_uid == file->uid && st.st_gid == file->gid)
        return 0;
    if (!directory_rights_owner(rights, file->uid, file->gid)) {
        work->foreign = true;
        work->mode = directory_rights_mode(file->type, file->mode);
        return 0;
    }
    if (fchownat(work->fd, "", file->uid, file->gid, AT_EMPTY_PATH) == 0)
        return 0;
    /* EINVAL: an id that the user name space does not map. */
    if (errno != EPERM && errno != EINVAL)
        return failed(work, errno, "set the owner of", err);
    work->foreign = true;
    if (file->type == ENTRY_DIRECTORY && file->directory->implied)
        return 0;
    return lost(work, "owner", err, "owner %u:%u (only root may set it)", file->uid, file->gid);
}

/* Whether the file system, or what this user may do on it, has no room for such an attribute. */
static bool is_refusal(const struct work *work, int errnum)
{
    struct statvfs st;
    switch (errnum) {
    case EPERM:
    case EACCES:
    case ENOTSUP:
    case EINVAL:
    case E2BIG:
    case ERANGE:
        return true;
    case ENOSPC: /* of the attribute's place, or of the whole medium */
        return statvfs(work->proc.name, &st) == 0 && st.f_bavail > 0;
    default:
        return false;
    }
}

static int xattrs_set(const struct work *work, const struct directory_rights *rights,
                      struct error *err)
{
    for (size_t i = 0; i < work->file->n_xattrs; i++) {
        const struct tree_xattr *xattr = &work->file->xattrs[i];
        char reason[128];
        if (directory_rights_xattr(rights, work->file->type, xattr->name) ||
            setxattr(work->proc.name, xattr->name, xattr->value, xattr->size, 0) == 0)
            continue;
        if (!is_refusal(work, errno))
            return failed(work, errno, "set an extended attribute of", err);
        const char *words = strerror_r(errno, reason, sizeof(reason));
        if (lost(work, "xattr", err, "extended attribute %s (%s)", xattr->name, words) < 0)
            return -1;
    }
    return 0;
}

static int mode_set(const struct work *work, struct error *err)
{
    enum entry_type type = work->file->type;
    mode_t mode = work->mode;

    if (type == ENTRY_SYMLINK)
        return 0;
    if (work->foreign)
        mode = directory_rights_mode(type, mode);
    return chmod(work->proc.name, mode) < 0 ? failed(work, errno, "set the mode of", err) : 0;
}

static int times_set(const struct work *work, struct error *err)
{
    const struct tree_file *file = work->file;
    const struct timespec times[2] = {
        {.tv_sec = file->atime.seconds, .tv_nsec = file->atime.nanoseconds},
        {.tv_sec = file->mtime.seconds, .tv_nsec = file->mtime.nanoseconds},
    };
    if (utimensat(AT_FDCWD, work->proc.name, times, 0) < 0)
        return failed(work, errno, "set the times of", err);
    return 0;
}

static int flags_set(const struct work *work, uint16_t mask, struct error *err)
{
    char text[ENTRY_FLAGS_TEXT_BYTES], reason[128];
    uint16_t flags = work->file->flags & mask;
    int errnum = EACCES;
    if (!flags)
        return 0;
    if (work->fd >= 0)
        errnum = directory_flags_set(work->fd, mask, flags) < 0 ? errno : 0;
    if (errnum == 0)
        return 0;
    if (!is_refusal(work, errnum))
        return failed(work, errnum, "set the flags of", err);
    const char *words = strerror_r(errnum, reason, sizeof(reason));
    entry_flags_text(flags, text);
    return lost(work, "flags", err, "flags %s (%s)", text, words);
}

/* The system drops set-group-id bits and what its times cannot hold without a word. */
static int outcome_check(const struct work *work, struct error *err)
{
    const struct tree_file *file = work->file;
    struct stat st;

    if (fstat(work->fd, &st) < 0)
        return failed(work, errno, "look at", err);
    bool mode = file->type == ENTRY_SYMLINK || (st.st_mode & MODE_PERMISSIONS) == work->mode;
    if (!mode && lost(work, "mode", err, "mode %04o (it is %04o: set-id bits need their owner)",
                      work->mode, st.st_mode & MODE_PERMISSIONS) < 0)
        return -1;
    if (st.st_mtim.tv_sec == file->mtime.seconds &&
        st.st_mtim.tv_nsec == (long)file->mtime.nanoseconds)
        return 0;
    return lost(work, "time", err, "time %lld.%09u (the file system holds %lld.%09ld)",
                (long long)file->mtime.seconds, file->mtime.nanoseconds,
                (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
}

static struct work work_on(int fd, const struct tree_file *file, const char *root,
                           struct events *events)
{
    return (struct work){
        .fd = fd,
        .proc = directory_proc(fd),
        .file = file,
        .root = root,
        .events = events,
        .mode = file->mode,
    };
}

int directory_metadata_set(int fd, const struct tree_file *file, const char *root,
                           const struct directory_rights *rights, struct events *events,
                           struct error *err)
{
    struct work work = work_on(fd, file, root, events);
    if (owner_set(&work, rights, err) < 0 || xattrs_set(&work, rights, err) < 0 ||
        mode_set(&work, err) < 0 || times_set(&work, err) < 0 || outcome_check(&work, err) < 0)
        return -1;
    return flags_set(&work, (uint16_t)~DIRECTORY_FLAGS_HARD, err);
}

int directory_metadata_seal(int fd, const struct tree_file *file, const char *root,
                            struct events *events, struct error *err)
{
    struct work work = work_on(fd, file, root, events);
    return flags_set(&work, DIRECTORY_FLAGS_HARD, err);
}
