/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One change of a mounted tree, as a value: what the kernel asked for, and what a journal keeps.
 * The same changes of the same tree, in the same order, make the same tree. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_CHANGE_H
#define LXKIT_IMAGE_MOUNT_MOUNT_CHANGE_H

#include <stddef.h>
#include <stdint.h>

#include "image/entry.h"
#include "image/mount/mount_state.h"

/* The values are the journal's, too. What a change takes of struct mount_change stands beside it;
 * file and now it always takes. */
enum mount_change_kind {
    CHANGE_ATTRIBUTES = 1,   /* set, and what set names */
    CHANGE_XATTR_SET = 2,    /* name, bytes, set as for setxattr(2) */
    CHANGE_XATTR_REMOVE = 3, /* name */
    CHANGE_WRITE = 4,        /* bytes, at offset */
    CHANGE_RESERVE = 5,      /* length: the size that the file has at least */
    CHANGE_PUNCH = 6,        /* offset, length */
    CHANGE_MAKE = 7,         /* name in file, text (a link's target), type, mode to minor */
    CHANGE_LINK = 8,         /* name in file, for other */
    CHANGE_REMOVE = 9,       /* name in file, which is no directory */
    CHANGE_REMOVE_DIRECTORY = 10,
    CHANGE_MOVE = 11,     /* name in file, to text in other; set 1: what is there stays */
    CHANGE_SETTLED = 255, /* none: in a journal, all changes before it are in the image with the
                           * inode offset, of length bytes, changed last at mtime */
};

enum mount_change_set {
    SET_SIZE = 1 << 0, /* to length */
    SET_MODE = 1 << 1,
    SET_UID = 1 << 2,
    SET_GID = 1 << 3,
    SET_ATIME = 1 << 4,
    SET_MTIME = 1 << 5,
    SET_ATIME_NOW = 1 << 6,
    SET_MTIME_NOW = 1 << 7,
};

/* Strings and bytes are borrowed. */
struct mount_change {
    enum mount_change_kind kind;
    uint32_t set;
    uint32_t file, other; /* numbers of files */
    const char *name, *text;
    const void *bytes;
    size_t n;
    uint64_t offset, length;
    enum entry_type type;
    uint32_t mode, uid, gid, major, minor;
    struct entry_time atime, mtime;
    struct entry_time now; /* when; mount_change() sets it */
};

/* Keeps the change in the mount's journal, and makes it: 0, or the system's number for what is
 * wrong, and then it is in neither. *made is the new file of CHANGE_MAKE. */
int mount_change(struct mount *mount, struct mount_change *change,
                 struct tree_file **made) MUST_CHECK;
/* The change alone, at the time that it has. file and other must be files of the mount that the
 * kind of change is possible for. */
int mount_change_apply(struct mount *mount, const struct mount_change *change,
                       struct tree_file **made) MUST_CHECK;

#endif
