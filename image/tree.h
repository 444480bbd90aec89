/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree in memory, as sinks keep it until every entry is known: names lead to files, a file has
 * as many names as it has hard links, and a directory is a file that holds names.
 *
 * Semantics are tar's: parents that are missing are made (0755, root's, with the time of the entry
 * that needed them) and take the metadata of their own entry when it comes; of two entries with
 * one name the later counts; a symbolic link in the middle of a path is followed inside the tree;
 * a hard link may come before its target. */
#ifndef LXKIT_IMAGE_TREE_H
#define LXKIT_IMAGE_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/entry.h"

enum {
    TREE_SYMLINKS_MAX = 40, /* followed in one path, as Linux does */
    TREE_DEPTH_MAX = 8192,  /* of directories in directories */
    TREE_NAMES_MAX = 1 << 25,
    TREE_XATTRS_MAX = 4096,          /* of one file */
    TREE_XATTR_BYTES_MAX = 16 << 20, /* of one file, names and values */
};

/* Of memory that a whole tree takes, without the table of its names. */
static const uint64_t tree_bytes_max = UINT64_C(8) << 30;

struct tree_xattr {
    const char *name;
    const void *value;
    uint32_t size;
    uint32_t number, hash; /* the sink's */
};

struct tree_name {
    struct tree_file *directory; /* that holds this name */
    struct tree_file *file;      /* NULL: a hard link whose target has not come yet, or removed */
    struct tree_name *sibling;   /* next in the directory, in order of arrival */
    uint32_t hash;
    uint8_t length;
    char text[]; /* length bytes and a NUL */
};

struct tree_directory {
    struct tree_name *first, *last;
    uint32_t subdirectories;
    uint32_t depth; /* 0: the root */
    bool implied;   /* made for a child; its own entry has not come */
};

struct tree_file {
    struct tree_file *next; /* in order of arrival */
    struct tree_name *name; /* one of its names; NULL for the root */
    union {
        struct tree_directory *directory; /* ENTRY_DIRECTORY */
        const char *target;               /* ENTRY_SYMLINK */
        void *content;                    /* ENTRY_FILE: the sink's */
    };
    struct tree_xattr *xattrs;
    uint64_t size;
    struct entry_time mtime, atime, ctime, crtime;
    uint32_t uid, gid;
    uint32_t major, minor;
    uint32_t links;       /* names; 0: replaced, dead */
    uint32_t number, aux; /* the sink's */
    uint16_t mode;        /* permissions */
    uint16_t flags;       /* enum entry_flags */
    uint16_t n_xattrs;
    enum entry_type type; /* never ENTRY_LINK */
};

struct tree_pending; /* hard links that wait for their target */

struct tree {
    struct arena arena;
    struct tree_file *root;
    struct tree_file *last;   /* newest file; the list starts at root */
    struct tree_name **table; /* of all names, by hash of directory and text */
    size_t table_size, n_names;
    struct tree_pending *pending;
};

int tree_init(struct tree *tree, struct error *err) MUST_CHECK;
void tree_free(struct tree *tree);

/* Adds an entry; LIMIT beyond what is named above. *out is the file it is about: new, or the
 * directory that was there already; NULL for a hard link. */
int tree_put(struct tree *tree, const struct entry *entry, struct tree_file **out,
             struct error *err) MUST_CHECK;
/* For sources that know files by number: a file without a name yet, and a name for it. A second
 * name in one directory, or for a directory, is DAMAGED. */
int tree_file_new(struct tree *tree, enum entry_type type, struct tree_file **out,
                  struct error *err) MUST_CHECK;
int tree_link(struct tree *tree, struct tree_file *directory, const char *name, size_t n,
              struct tree_file *file, struct error *err) MUST_CHECK;
/* Puts the names of a directory in an order, and leaves out those without a file. */
int tree_names_sort(struct tree_directory *directory,
                    int (*order)(const struct tree_name *, const struct tree_name *),
                    struct error *err) MUST_CHECK;
/* Takes a name away, with everything below it. */
void tree_unlink(struct tree_name *name);
/* The name in a directory; NULL: none, or none that leads to a file. */
struct tree_name *tree_child(const struct tree *tree, const struct tree_file *directory,
                             const char *text, size_t n);
/* Gives what name leads to another place, with everything below it; nothing is there yet. LIMIT
 * where a directory would lie too deep. */
int tree_move(struct tree *tree, struct tree_name *name, struct tree_file *directory,
              const char *text, size_t n, struct error *err) MUST_CHECK;
/* Resolves the hard links that came before their targets; DAMAGED when one has none. */
int tree_finish(struct tree *tree, struct error *err) MUST_CHECK;
/* The file at path, following symbolic links in the middle but not at the end; NULL: none. */
struct tree_file *tree_find(struct tree *tree, const char *path);
/* The path of a file by one of its names, in *out (malloc'd); for messages. */
int tree_path(const struct tree_file *file, char **out, struct error *err) MUST_CHECK;

#endif
