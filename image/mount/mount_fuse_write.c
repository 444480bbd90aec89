/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making, changing and removing. The kernel has judged already who may do that. */
#include <errno.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "image/mount/mount_content.h"
#include "image/mount/mount_fuse.h"
#include "image/mount/mount_names.h"

static void changed(struct mount *mount, struct tree_file *file)
{
    file->ctime = mount_now(mount);
    mount->changed = true;
}

static void content_changed(struct mount *mount, struct tree_file *file)
{
    file->mtime = mount_now(mount);
    changed(mount, file);
}

/* ---- attributes ---- */

static struct entry_time time_of(const struct mount *mount, const struct timespec *time)
{
    uint32_t nanoseconds = (uint32_t)time->tv_nsec;
    return (struct entry_time){
        .seconds = time->tv_sec,
        .nanoseconds = nanoseconds / mount->time_step * mount->time_step,
    };
}

static void times_set(struct mount *mount, struct tree_file *file, const struct stat *attr,
                      int to_set)
{
    const struct entry_time now = mount_now(mount);
    if (to_set & FUSE_SET_ATTR_ATIME)
        file->atime = to_set & FUSE_SET_ATTR_ATIME_NOW ? now : time_of(mount, &attr->st_atim);
    if (to_set & FUSE_SET_ATTR_MTIME)
        file->mtime = to_set & FUSE_SET_ATTR_MTIME_NOW ? now : time_of(mount, &attr->st_mtim);
}

static void setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
                    struct fuse_file_info *fi)
{
    struct mount *mount = mount_fuse_mount(req);
    struct tree_file *file = mount_fuse_file(req, ino);
    struct error err = {0};
    struct stat st;
    (void)fi;

    if (to_set & FUSE_SET_ATTR_SIZE) {
        if (mount_content_resize(mount, file, (uint64_t)attr->st_size, &err) < 0) {
            fuse_reply_err(req, mount_fuse_errno(mount, &err));
            return;
        }
        content_changed(mount, file);
    }
    if (to_set & FUSE_SET_ATTR_MODE)
        file->mode = attr->st_mode & MODE_PERMISSIONS;
    if (to_set & FUSE_SET_ATTR_UID)
        file->uid = attr->st_uid;
    if (to_set & FUSE_SET_ATTR_GID)
        file->gid = attr->st_gid;
    times_set(mount, file, attr, to_set);
    changed(mount, file);
    mount_fuse_stat(file, &st);
    fuse_reply_attr(req, &st, mount_fuse_timeout());
}

/* Takes room for a value from the old one where that is large enough. */
static int xattr_put(struct mount *mount, struct tree_xattr *xattr, const char *value, size_t n)
{
    if (!xattr->value || n > xattr->size) {
        xattr->value = arena_alloc(&mount->tree.arena, n + 1);
        if (!xattr->value)
            return ENOMEM;
    }
    memcpy((void *)(uintptr_t)xattr->value, value, n);
    xattr->size = (uint32_t)n;
    return 0;
}

static int xattr_add(struct mount *mount, struct tree_file *file, const char *name,
                     const char *value, size_t n)
{
    struct tree_xattr xattr = {0};
    if (file->n_xattrs >= TREE_XATTRS_MAX || mount->tree.arena.total >= tree_bytes_max)
        return ENOSPC;
    struct tree_xattr *list =
        arena_alloc(&mount->tree.arena, (file->n_xattrs + 1u) * sizeof(*list));
    xattr.name = arena_copy(&mount->tree.arena, name, strlen(name));
    if (!list || !xattr.name || xattr_put(mount, &xattr, value, n) != 0)
        return ENOMEM;
    if (file->n_xattrs > 0)
        memcpy(list, file->xattrs, file->n_xattrs * sizeof(*list));
    list[file->n_xattrs] = xattr;
    file->xattrs = list;
    file->n_xattrs++;
    return 0;
}

static struct tree_xattr *xattr_find(const struct tree_file *file, const char *name)
{
    for (size_t i = 0; i < file->n_xattrs; i++) {
        if (strcmp(file->xattrs[i].name, name) == 0)
            return &file->xattrs[i];
    }
    return NULL;
}

static void setxattr_(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t n,
                      int flags)
{
    struct mount *mount = mount_fuse_mount(req);
    struct tree_file *file = mount_fuse_file(req, ino);
    struct tree_xattr *xattr = xattr_find(file, name);
    int wrong;

    if (xattr && (flags & XATTR_CREATE))
        wrong = EEXIST;
    else if (!xattr && (flags & XATTR_REPLACE))
        wrong = ENODATA;
    else
        wrong = xattr ? xattr_put(mount, xattr, value, n) : xattr_add(mount, file, name, value, n);
    if (!wrong)
        changed(mount, file);
    fuse_reply_err(req, wrong);
}

static void removexattr_(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    struct mount *mount = mount_fuse_mount(req);
    struct tree_file *file = mount_fuse_file(req, ino);
    struct tree_xattr *xattr = xattr_find(file, name);
    if (!xattr) {
        fuse_reply_err(req, ENODATA);
        return;
    }
    *xattr = file->xattrs[--file->n_xattrs];
    changed(mount, file);
    fuse_reply_err(req, 0);
}

/* ---- content ---- */

static void write_(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t n, off_t off,
                   struct fuse_file_info *fi)
{
    struct mount *mount = mount_fuse_mount(req);
    struct tree_file *file = mount_fuse_file(req, ino);
    struct error err = {0};
    (void)fi;
    int rc = mount_content_write(mount, file, bytes, n, (uint64_t)off, &err);
    content_changed(mount, file);
    if (rc < 0)
        fuse_reply_err(req, mount_fuse_errno(mount, &err));
    else
        fuse_reply_write(req, n);
}

static void fallocate_(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t n,
                       struct fuse_file_info *fi)
{
    struct mount *mount = mount_fuse_mount(req);
    struct tree_file *file = mount_fuse_file(req, ino);
    uint64_t end = (uint64_t)off + (uint64_t)n;
    struct error err = {0};
    int rc = 0;
    (void)fi;

    if (mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE))
        rc = mount_content_punch(mount, file, (uint64_t)off, (uint64_t)n, &err);
    else if (mode == 0 && end > file->size)
        rc = mount_content_resize(mount, file, end, &err);
    else if ((mode & ~FALLOC_FL_KEEP_SIZE) != 0) {
        fuse_reply_err(req, EOPNOTSUPP);
        return;
    }
    content_changed(mount, file);
    fuse_reply_err(req, rc < 0 ? mount_fuse_errno(mount, &err) : 0);
}

/* ---- names ---- */

struct making {
    enum entry_type type;
    mode_t mode;
    dev_t device;
    const char *target; /* of a symbolic link */
};

static void make(fuse_req_t req, fuse_ino_t parent, const char *text, const struct making *making)
{
    struct mount *mount = mount_fuse_mount(req);
    struct tree_file *directory = mount_fuse_file(req, parent);
    const struct fuse_ctx *who = fuse_req_ctx(req);
    const char *target = NULL;
    struct tree_file *file;

    if (making->target) {
        size_t n = strlen(making->target);
        target = n > TARGET_BYTES_MAX ? NULL : arena_copy(&mount->tree.arena, making->target, n);
        if (!target) {
            fuse_reply_err(req, n > TARGET_BYTES_MAX ? ENAMETOOLONG : ENOMEM);
            return;
        }
    }
    int wrong = mount_name_new(mount, directory, text, making->type, &file);
    if (wrong) {
        fuse_reply_err(req, wrong);
        return;
    }
    file->mode = making->mode & MODE_PERMISSIONS;
    file->uid = who->uid;
    file->gid = who->gid;
    if (directory->mode & S_ISGID) {
        file->gid = directory->gid;
        if (making->type == ENTRY_DIRECTORY)
            file->mode |= S_ISGID;
    }
    if (making->type == ENTRY_CHARACTER || making->type == ENTRY_BLOCK) {
        file->major = major(making->device);
        file->minor = minor(making->device);
    }
    if (target) {
        file->target = target;
        file->size = strlen(target);
    }
    mount_fuse_reply_entry(req, file);
}

static void mknod_(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode, dev_t device)
{
    struct making making = {.mode = mode, .device = device};
    switch (mode & S_IFMT) {
    case S_IFREG:
        making.type = ENTRY_FILE;
        break;
    case S_IFCHR:
        making.type = ENTRY_CHARACTER;
        break;
    case S_IFBLK:
        making.type = ENTRY_BLOCK;
        break;
    case S_IFIFO:
        making.type = ENTRY_FIFO;
        break;
    case S_IFSOCK:
        making.type = ENTRY_SOCKET;
        break;
    default:
        fuse_reply_err(req, EINVAL);
        return;
    }
    make(req, parent, text, &making);
}

static void mkdir_(fuse_req_t req, fuse_ino_t parent, const char *text, mode_t mode)
{
    make(req, parent, text, &(struct making){.type = ENTRY_DIRECTORY, .mode = mode});
}

static void symlink_(fuse_req_t req, const char *target, fuse_ino_t parent, const char *text)
{
    const struct making making = {.type = ENTRY_SYMLINK, .mode = 0777, .target = target};
    make(req, parent, text, &making);
}

static void link_(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *text)
{
    struct tree_file *file = mount_fuse_file(req, ino);
    int wrong = mount_name_link(mount_fuse_mount(req), mount_fuse_file(req, parent), text, file);
    if (wrong)
        fuse_reply_err(req, wrong);
    else
        mount_fuse_reply_entry(req, file);
}

static void unlink_(fuse_req_t req, fuse_ino_t parent, const char *text)
{
    fuse_reply_err(
        req, mount_name_remove(mount_fuse_mount(req), mount_fuse_file(req, parent), text, false));
}

static void rmdir_(fuse_req_t req, fuse_ino_t parent, const char *text)
{
    fuse_reply_err(
        req, mount_name_remove(mount_fuse_mount(req), mount_fuse_file(req, parent), text, true));
}

static void rename_(fuse_req_t req, fuse_ino_t parent, const char *text, fuse_ino_t new_parent,
                    const char *new_text, unsigned flags)
{
    if (flags & ~(unsigned)RENAME_NOREPLACE) {
        fuse_reply_err(req, EINVAL);
        return;
    }
    fuse_reply_err(req, mount_name_move(mount_fuse_mount(req), mount_fuse_file(req, parent), text,
                                        mount_fuse_file(req, new_parent), new_text,
                                        flags & RENAME_NOREPLACE));
}

void mount_fuse_write_ops(struct fuse_lowlevel_ops *ops)
{
    ops->setattr = setattr;
    ops->setxattr = setxattr_;
    ops->removexattr = removexattr_;
    ops->write = write_;
    ops->fallocate = fallocate_;
    ops->mknod = mknod_;
    ops->mkdir = mkdir_;
    ops->symlink = symlink_;
    ops->link = link_;
    ops->unlink = unlink_;
    ops->rmdir = rmdir_;
    ops->rename = rename_;
}
