/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One name of a tree, with everything that is known about the file it leads to. */
#ifndef LXKIT_IMAGE_ENTRY_H
#define LXKIT_IMAGE_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum entry_type {
    ENTRY_FILE,
    ENTRY_DIRECTORY,
    ENTRY_SYMLINK,
    ENTRY_CHARACTER,
    ENTRY_BLOCK,
    ENTRY_FIFO,
    ENTRY_SOCKET,
    ENTRY_LINK, /* one more name for the file at target; nothing else of the entry counts */
};

enum {
    MODE_PERMISSIONS = 07777, /* with setuid, setgid and sticky */
    NAME_BYTES_MAX = 255,     /* of one component; what Linux and ext4 allow */
    PATH_BYTES_MAX = 65536,   /* of a whole path in a tree: longer ones are refused */
    TARGET_BYTES_MAX = 4095,  /* of a symbolic link's target: what Linux allows */
};

struct entry_time {
    int64_t seconds; /* since 1970-01-01 UTC */
    uint32_t nanoseconds;
};

/* Flags of an inode that chattr sets (its letters) and that formats agree on. */
enum entry_flags {
    ENTRY_APPEND = 1 << 0,     /* a */
    ENTRY_IMMUTABLE = 1 << 1,  /* i */
    ENTRY_NO_DUMP = 1 << 2,    /* d */
    ENTRY_NO_ATIME = 1 << 3,   /* A */
    ENTRY_SYNC = 1 << 4,       /* S */
    ENTRY_SYNC_NAMES = 1 << 5, /* D: of directories */
};

struct xattr {
    const char *name; /* with its prefix: "security.capability" */
    const void *value;
    size_t size;
};

struct entry {
    /* Relative, no leading "/", no "." or ".." components, no doubled or trailing "/"; "" is the
     * root. Bytes, not text. Sources guarantee this form. */
    const char *path;
    const char *target; /* ENTRY_SYMLINK: as stored; ENTRY_LINK: a path in the form above */
    enum entry_type type;
    uint16_t mode;  /* MODE_PERMISSIONS */
    uint16_t flags; /* enum entry_flags; of files and directories only */
    uint32_t uid, gid;
    uint32_t major, minor;                         /* devices */
    struct entry_time mtime, atime, ctime, crtime; /* what the medium lacks equals mtime */
    uint64_t size; /* ENTRY_FILE: bytes of content, holes included */
    const struct xattr *xattrs;
    size_t n_xattrs;
};

/* "file", "directory", "symbolic link" ...; never NULL. */
const char *entry_type_words(enum entry_type type);
/* The type in a mode of stat(2): S_IFREG ...; 0 for ENTRY_LINK. */
mode_t entry_type_bits(enum entry_type type);
/* The same back; false where Linux has no such type. */
bool entry_type_of(mode_t mode, enum entry_type *out);
/* As `ls -l` prints it: "drwxr-xr-x". */
enum {
    ENTRY_MODE_TEXT_BYTES = 11,
};
void entry_mode_text(const struct entry *entry, char text[ENTRY_MODE_TEXT_BYTES]);

#endif
