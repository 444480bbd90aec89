/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Making, changing and removing. The kernel has judged already who may do that. */
#include <errno.h>
#include <linux/falloc.h>
#include <linux/fs.h>
#include <sys/sysmacros.h>

#include "core/attributes.h"
#include "image/mount/mount_change.h"
#include "image/mount/mount_fuse.h"
#include "image/mount/mount_journal.h"

/* Answers with nothing but what went wrong, or that nothing did. */
static void change_reply(fuse_req_t req, struct mount_change *change)
{
    fuse_reply_err(req, mount_change(mount_fuse_mount(req), change, NULL));
}

/* The kernel never asks about a file that there is not. */
static uint32_t number(fuse_ino_t ino)
{
    return (uint32_t)(ino - 1);
}

/* ---- attributes ---- */

static void setattr(fuse_req_t req, fuse_ino_t ino, struct stat *attr, int to_set,
                    struct fuse_file_info *fi)
{
    static const struct {
        int fuse;
        enum mount_change_set set;
    } bits[] = {
        {FUSE_SET_ATTR_SIZE, SET_SIZE},
        {FUSE_SET_ATTR_MODE, SET_MODE},
        {FUSE_SET_ATTR_UID, SET_UID},
        {FUSE_SET_ATTR_GID, SET_GID},
        {FUSE_SET_ATTR_ATIME, SET_ATIME},
        {FUSE_SET_ATTR_MTIME, SET_MTIME},
        {FUSE_SET_ATTR_ATIME_NOW, SET_ATIME_NOW},
        {FUSE_SET_ATTR_MTIME_NOW, SET_MTIME_NOW},
    };
    struct mount *mount = mount_fuse_mount(req);
    struct mount_change change = {
        .kind = CHANGE_ATTRIBUTES,
        .file = number(ino),
        .length = (uint64_t)attr->st_size,
        .mode = attr->st_mode,
        .uid = attr->st_uid,
        .gid = attr->st_gid,
        .atime = mount_time(mount, &attr->st_atim),
        .mtime = mount_time(mount, &attr->st_mtim),
    };
    struct stat st;
    (void)fi;

    for (size_t i = 0; i < array_length(bits); i++)
        change.set |= to_set & bits[i].fuse ? bits[i].set : 0;
    int wrong = mount_change(mount, &change, NULL);
    if (wrong) {
        fuse_reply_err(req, wrong);
        return;
    }
    mount_fuse_stat(mount_fuse_file(req, ino), &st);
    fuse_reply_attr(req, &st, mount_fuse_timeout());
}

static void setxattr_(fuse_req_t req, fuse_ino_t ino, const char *name, const char *value, size_t n,
                      int flags)
{
    change_reply(req, &(struct mount_change){.kind = CHANGE_XATTR_SET,
                                             .file = number(ino),
                                             .name = name,
                                             .bytes = value,
                                             .n = n,
                                             .set = (uint32_t)flags});
}

static void removexattr_(fuse_req_t req, fuse_ino_t ino, const char *name)
{
    change_reply(req, &(struct mount_change){
                          .kind = CHANGE_XATTR_REMOVE, .file = number(ino), .name = name});
}

/* ---- content ---- */

static void write_(fuse_req_t req, fuse_ino_t ino, const char *bytes, size_t n, off_t off,
                   struct fuse_file_info *fi)
{
    struct mount_change change = {
        .kind = CHANGE_WRITE, .file = number(ino), .bytes = bytes, .n = n, .offset = (uint64_t)off};
    (void)fi;
    int wrong = mount_change(mount_fuse_mount(req), &change, NULL);
    if (wrong)
        fuse_reply_err(req, wrong);
    else
        fuse_reply_write(req, n);
}

static void fallocate_(fuse_req_t req, fuse_ino_t ino, int mode, off_t off, off_t n,
                       struct fuse_file_info *fi)
{
    struct mount_change change = {.kind = CHANGE_RESERVE, .file = number(ino)};
    (void)fi;

    if (mode == (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE)) {
        change.kind = CHANGE_PUNCH;
        change.offset = (uint64_t)off;
        change.length = (uint64_t)n;
    } else if (mode == 0) {
        change.length = (uint64_t)off + (uint64_t)n;
    } else if (mode != FALLOC_FL_KEEP_SIZE) {
        fuse_reply_err(req, EOPNOTSUPP);
        return;
    }
    change_reply(req, &change);
}

static void fsync_(fuse_req_t req, fuse_ino_t ino, int data_only, struct fuse_file_info *fi)
{
    struct mount *mount = mount_fuse_mount(req);
    struct error err = {0};
    (void)ino;
    (void)data_only;
    (void)fi;
    if (!mount->journal)
        fuse_reply_err(req, ENOSYS); /* the kernel asks no more: nothing here can last */
    else if (mount_journal_flush(mount->journal, &err) < 0)
        fuse_reply_err(req, mount_errno(mount, &err));
    else
        fuse_reply_err(req, 0);
}

/* ---- names ---- */

static void make(fuse_req_t req, fuse_ino_t parent, struct mount_change *change)
{
    const struct fuse_ctx *who = fuse_req_ctx(req);
    struct tree_file *file;

    change->kind = CHANGE_MAKE;
    change->file = number(parent);
    change->uid = who->uid;
    change->gid = who->gid;
    int wrong = mount_change(mount_fuse_mount(req), change, &file);
    if (wrong)
        fuse_reply_err(req, wrong);
    else
        mount_fuse_reply_entry(req, file);
}

static void mknod_(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
    struct mount_change change = {
        .name = name, .mode = mode, .major = major(device), .minor = minor(device)};
    if (!entry_type_of(mode, &change.type) || change.type == ENTRY_DIRECTORY ||
        change.type == ENTRY_SYMLINK) {
        fuse_reply_err(req, EINVAL);
        return;
    }
    make(req, parent, &change);
}

static void mkdir_(fuse_req_t req, fuse_ino_t parent, const char *name, mode_t mode)
{
    make(req, parent, &(struct mount_change){.name = name, .type = ENTRY_DIRECTORY, .mode = mode});
}

static void symlink_(fuse_req_t req, const char *target, fuse_ino_t parent, const char *name)
{
    make(req, parent,
         &(struct mount_change){.name = name, .type = ENTRY_SYMLINK, .mode = 0777, .text = target});
}

static void link_(fuse_req_t req, fuse_ino_t ino, fuse_ino_t parent, const char *name)
{
    struct mount_change change = {
        .kind = CHANGE_LINK, .file = number(parent), .other = number(ino), .name = name};
    int wrong = mount_change(mount_fuse_mount(req), &change, NULL);
    if (wrong)
        fuse_reply_err(req, wrong);
    else
        mount_fuse_reply_entry(req, mount_fuse_file(req, ino));
}

static void unlink_(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    change_reply(
        req, &(struct mount_change){.kind = CHANGE_REMOVE, .file = number(parent), .name = name});
}

static void rmdir_(fuse_req_t req, fuse_ino_t parent, const char *name)
{
    change_reply(req, &(struct mount_change){
                          .kind = CHANGE_REMOVE_DIRECTORY, .file = number(parent), .name = name});
}

static void rename_(fuse_req_t req, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
                    const char *new_name, unsigned flags)
{
    if (flags & ~(unsigned)RENAME_NOREPLACE) {
        fuse_reply_err(req, EINVAL);
        return;
    }
    change_reply(req, &(struct mount_change){.kind = CHANGE_MOVE,
                                             .file = number(parent),
                                             .name = name,
                                             .other = number(new_parent),
                                             .text = new_name,
                                             .set = flags & RENAME_NOREPLACE ? 1 : 0});
}

void mount_fuse_write_ops(struct fuse_lowlevel_ops *ops)
{
    ops->setattr = setattr;
    ops->setxattr = setxattr_;
    ops->removexattr = removexattr_;
    ops->write = write_;
    ops->fallocate = fallocate_;
    ops->fsync = fsync_;
    ops->fsyncdir = fsync_;
    ops->mknod = mknod_;
    ops->mkdir = mkdir_;
    ops->symlink = symlink_;
    ops->link = link_;
    ops->unlink = unlink_;
    ops->rmdir = rmdir_;
    ops->rename = rename_;
}
