/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_change.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>

#include "image/mount/mount_content.h"
#include "image/mount/mount_journal.h"
#include "image/mount/mount_names.h"

static void changed(struct mount *mount, struct tree_file *file)
{
    file->ctime = mount->now;
    mount->changed = true;
}

static void content_changed(struct mount *mount, struct tree_file *file)
{
    file->mtime = mount->now;
    changed(mount, file);
}

/* ---- attributes ---- */

static int attributes_set(struct mount *mount, struct tree_file *file,
                          const struct mount_change *change)
{
    uint32_t set = change->set;
    struct error err = {0};

    if (set & SET_SIZE) {
        if (mount_content_resize(mount, file, change->length, &err) < 0)
            return mount_errno(mount, &err);
        content_changed(mount, file);
    }
    if (set & SET_MODE)
        file->mode = change->mode & MODE_PERMISSIONS;
    if (set & SET_UID)
        file->uid = change->uid;
    if (set & SET_GID)
        file->gid = change->gid;
    if (set & SET_ATIME)
        file->atime = set & SET_ATIME_NOW ? mount->now : change->atime;
    if (set & SET_MTIME)
        file->mtime = set & SET_MTIME_NOW ? mount->now : change->mtime;
    changed(mount, file);
    return 0;
}

/* Takes room for a value from the old one where that is large enough. */
static int xattr_put(struct mount *mount, struct tree_xattr *xattr, const void *value, size_t n)
{
    if (!xattr->value || n > xattr->size) {
        xattr->value = arena_alloc(&mount->tree.arena, n + 1);
        if (!xattr->value)
            return ENOMEM;
    }
    if (n > 0)
        memcpy((void *)(uintptr_t)xattr->value, value, n);
    xattr->size = (uint32_t)n;
    return 0;
}

static int xattr_add(struct mount *mount, struct tree_file *file, const char *name,
                     const void *value, size_t n)
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

static int xattr_set(struct mount *mount, struct tree_file *file, const struct mount_change *change)
{
    struct tree_xattr *xattr = xattr_find(file, change->name);
    if (xattr && (change->set & XATTR_CREATE))
        return EEXIST;
    if (!xattr && (change->set & XATTR_REPLACE))
        return ENODATA;
    int wrong = xattr ? xattr_put(mount, xattr, change->bytes, change->n)
                      : xattr_add(mount, file, change->name, change->bytes, change->n);
    if (!wrong)
        changed(mount, file);
    return wrong;
}

static int xattr_remove(struct mount *mount, struct tree_file *file, const char *name)
{
    struct tree_xattr *xattr = xattr_find(file, name);
    if (!xattr)
        return ENODATA;
    *xattr = file->xattrs[--file->n_xattrs];
    changed(mount, file);
    return 0;
}

/* ---- content ---- */

static int content_change(struct mount *mount, struct tree_file *file,
                          const struct mount_change *change)
{
    struct error err = {0};
    int rc = 0;

    if (change->kind == CHANGE_WRITE)
        rc = mount_content_write(mount, file, change->bytes, change->n, change->offset, &err);
    else if (change->kind == CHANGE_PUNCH)
        rc = mount_content_punch(mount, file, change->offset, change->length, &err);
    else if (change->length > file->size)
        rc = mount_content_resize(mount, file, change->length, &err);
    content_changed(mount, file);
    return rc < 0 ? mount_errno(mount, &err) : 0;
}

/* ---- names ---- */

static int make(struct mount *mount, struct tree_file *directory, const struct mount_change *change,
                struct tree_file **made)
{
    const char *target = NULL;
    struct tree_file *file;

    if (change->type == ENTRY_SYMLINK) {
        size_t n = strlen(change->text);
        if (n > TARGET_BYTES_MAX)
            return ENAMETOOLONG;
        target = arena_copy(&mount->tree.arena, change->text, n);
        if (!target)
            return ENOMEM;
    }
    int wrong = mount_name_new(mount, directory, change->name, change->type, &file);
    if (wrong)
        return wrong;
    file->mode = change->mode & MODE_PERMISSIONS;
    file->uid = change->uid;
    file->gid = change->gid;
    if (directory->mode & S_ISGID) {
        file->gid = directory->gid;
        if (change->type == ENTRY_DIRECTORY)
            file->mode |= S_ISGID;
    }
    if (change->type == ENTRY_CHARACTER || change->type == ENTRY_BLOCK) {
        file->major = change->major;
        file->minor = change->minor;
    }
    if (target) {
        file->target = target;
        file->size = strlen(target);
    }
    *made = file;
    return 0;
}

/* ---- the whole ---- */

int mount_change_apply(struct mount *mount, const struct mount_change *change,
                       struct tree_file **made)
{
    struct tree_file *file = mount->files[change->file], *other = mount->files[change->other];

    mount->now = change->now;
    switch (change->kind) {
    case CHANGE_ATTRIBUTES:
        return attributes_set(mount, file, change);
    case CHANGE_XATTR_SET:
        return xattr_set(mount, file, change);
    case CHANGE_XATTR_REMOVE:
        return xattr_remove(mount, file, change->name);
    case CHANGE_WRITE:
    case CHANGE_RESERVE:
    case CHANGE_PUNCH:
        return content_change(mount, file, change);
    case CHANGE_MAKE:
        return make(mount, file, change, made);
    case CHANGE_LINK:
        return mount_name_link(mount, file, change->name, other);
    case CHANGE_REMOVE:
        return mount_name_remove(mount, file, change->name, false);
    case CHANGE_REMOVE_DIRECTORY:
        return mount_name_remove(mount, file, change->name, true);
    case CHANGE_MOVE:
        return mount_name_move(mount, file, change->name, other, change->text, change->set & 1);
    case CHANGE_SETTLED:
        break;
    }
    return EINVAL;
}

int mount_change(struct mount *mount, struct mount_change *change, struct tree_file **made)
{
    struct error err = {0};
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    change->now = mount_time(mount, &now);
    if (mount->journal && mount_journal_begin(mount->journal, mount, &err) < 0)
        return mount_errno(mount, &err);
    if (mount->journal && mount_journal_put(mount->journal, change, &err) < 0)
        return mount_errno(mount, &err);
    int wrong = mount_change_apply(mount, change, made);
    if (wrong && mount->journal)
        mount_journal_take_back(mount->journal);
    return wrong;
}
