/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    TABLE_SIZE_MIN = 1024, /* a power of two */
    IMPLIED_MODE = 0755,
};

struct tree_pending {
    struct tree_pending *next;
    struct tree_name *name;
    const char *target;
};

/* ---- limits ---- */

/* Before anything is added, so that no input makes memory grow without end. */
static int room_check(const struct tree *tree, struct error *err)
{
    if (tree->n_names >= TREE_NAMES_MAX)
        return error_set(err, ERROR_LIMIT,
                         "more than %d names; one tree may not have more: divide it, or leave some "
                         "out with --exclude",
                         TREE_NAMES_MAX);
    if (tree->arena.total >= tree_bytes_max)
        return error_set(err, ERROR_LIMIT,
                         "names, targets and extended attributes of more than %llu GiB; one tree "
                         "may not have more: divide it, or leave some out with --exclude",
                         (unsigned long long)(tree_bytes_max >> 30));
    return 0;
}

/* Of a file whose attributes are about to be kept. */
static int xattrs_check(const struct entry *entry, struct error *err)
{
    size_t bytes = 0;
    if (entry->n_xattrs > TREE_XATTRS_MAX)
        return error_set(err, ERROR_LIMIT,
                         "%s: %zu extended attributes; at most %d are kept: remove some and make "
                         "the archive again",
                         entry->path, entry->n_xattrs, TREE_XATTRS_MAX);
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        bytes += strlen(entry->xattrs[i].name) + entry->xattrs[i].size;
        if (entry->xattrs[i].size > TREE_XATTR_BYTES_MAX || bytes > TREE_XATTR_BYTES_MAX)
            return error_set(err, ERROR_LIMIT,
                             "%s: extended attributes of more than %d bytes; remove some and make "
                             "the archive again",
                             entry->path, TREE_XATTR_BYTES_MAX);
    }
    return 0;
}

/* ---- names ---- */

static uint32_t name_hash(const struct tree_file *directory, const char *text, size_t n)
{
    uint64_t h = (uintptr_t)directory / 8 * UINT64_C(0x9E3779B97F4A7C15);
    for (size_t i = 0; i < n; i++)
        h = (h ^ (uint8_t)text[i]) * UINT64_C(0x100000001B3);
    return (uint32_t)(h ^ h >> 32);
}

static struct tree_name **table_slot(const struct tree *tree, const struct tree_file *directory,
                                     const char *text, size_t n, uint32_t hash)
{
    size_t i = hash & (tree->table_size - 1);
    for (;; i = (i + 1) & (tree->table_size - 1)) {
        struct tree_name *name = tree->table[i];
        if (!name || (name->hash == hash && name->directory == directory && name->length == n &&
                      memcmp(name->text, text, n) == 0))
            return &tree->table[i];
    }
}

static int table_grow(struct tree *tree, struct error *err)
{
    size_t size = tree->table_size ? tree->table_size * 2 : TABLE_SIZE_MIN;
    struct tree_name **old = tree->table;
    size_t old_size = tree->table_size;

    tree->table = calloc(size, sizeof(*tree->table));
    if (!tree->table) {
        tree->table = old;
        return error_no_memory(err);
    }
    tree->table_size = size;
    for (size_t i = 0; i < old_size; i++) {
        struct tree_name *name = old[i];
        if (name)
            *table_slot(tree, name->directory, name->text, name->length, name->hash) = name;
    }
    free(old);
    return 0;
}

static struct tree_name *name_find(const struct tree *tree, const struct tree_file *directory,
                                   const char *text, size_t n)
{
    return *table_slot(tree, directory, text, n, name_hash(directory, text, n));
}

/* The name in directory, made if it is not there; a new one leads to no file. */
static struct tree_name *name_get(struct tree *tree, struct tree_file *directory, const char *text,
                                  size_t n, struct error *err)
{
    if ((tree->n_names + 1) * 4 > tree->table_size * 3 && table_grow(tree, err) < 0)
        return NULL;

    uint32_t hash = name_hash(directory, text, n);
    struct tree_name **slot = table_slot(tree, directory, text, n, hash);
    if (*slot)
        return *slot;

    struct tree_name *name = arena_alloc(&tree->arena, sizeof(*name) + n + 1);
    if (!name) {
        error_no_memory(err);
        return NULL;
    }
    name->directory = directory;
    name->hash = hash;
    name->length = (uint8_t)n;
    memcpy(name->text, text, n);

    struct tree_directory *d = directory->directory;
    if (d->last)
        d->last->sibling = name;
    else
        d->first = name;
    d->last = name;
    tree->n_names++;
    *slot = name;
    return name;
}

static int names_order(const void *a, const void *b, void *order)
{
    int (**compare)(const struct tree_name *, const struct tree_name *) = order;
    return (*compare)(*(struct tree_name *const *)a, *(struct tree_name *const *)b);
}

int tree_names_sort(struct tree_directory *directory,
                    int (*order)(const struct tree_name *, const struct tree_name *),
                    struct error *err)
{
    size_t n = 0;
    for (struct tree_name *name = directory->first; name; name = name->sibling)
        n += name->file != NULL;
    AUTO_FREE struct tree_name **names = calloc(n + 1, sizeof(struct tree_name *));
    if (!names)
        return error_no_memory(err);
    n = 0;
    for (struct tree_name *name = directory->first; name; name = name->sibling) {
        if (name->file)
            names[n++] = name;
    }
    qsort_r(names, n, sizeof(struct tree_name *), names_order, &order);
    for (size_t i = 0; i < n; i++)
        names[i]->sibling = names[i + 1];
    directory->first = names[0];
    directory->last = n ? names[n - 1] : NULL;
    return 0;
}

/* ---- files ---- */

static struct tree_file *file_new(struct tree *tree, enum entry_type type, struct error *err)
{
    struct tree_file *file = arena_alloc(&tree->arena, sizeof(*file));
    if (!file) {
        error_no_memory(err);
        return NULL;
    }
    file->type = type;
    if (type == ENTRY_DIRECTORY) {
        file->directory = arena_alloc(&tree->arena, sizeof(*file->directory));
        if (!file->directory) {
            error_no_memory(err);
            return NULL;
        }
    }
    if (tree->last)
        tree->last->next = file;
    tree->last = file;
    return file;
}

/* Drops everything below a directory that is about to be replaced. */
static void directory_empty(struct tree_file *file)
{
    for (struct tree_name *child = file->directory->first; child; child = child->sibling)
        tree_unlink(child);
}

void tree_unlink(struct tree_name *name)
{
    struct tree_file *file = name->file;
    if (!file)
        return;
    if (file->type == ENTRY_DIRECTORY) {
        directory_empty(file);
        name->directory->directory->subdirectories--;
    }
    file->links--;
    name->file = NULL;
}

static int name_link(struct tree_name *name, struct tree_file *file, struct error *err)
{
    if (file->type == ENTRY_DIRECTORY) {
        struct tree_directory *parent = name->directory->directory;
        if (parent->depth >= TREE_DEPTH_MAX)
            return error_set(err, ERROR_LIMIT, "more than %d directories inside each other",
                             TREE_DEPTH_MAX);
        file->directory->depth = parent->depth + 1;
        parent->subdirectories++;
    }
    name->file = file;
    file->links++;
    if (!file->name || file->name->file != file)
        file->name = name;
    return 0;
}

static int file_describe(struct tree *tree, struct tree_file *file, const struct entry *entry,
                         struct error *err)
{
    file->mode = entry->mode & MODE_PERMISSIONS;
    file->flags = entry->flags;
    file->uid = entry->uid;
    file->gid = entry->gid;
    file->major = entry->major;
    file->minor = entry->minor;
    file->mtime = entry->mtime;
    file->atime = entry->atime;
    file->ctime = entry->ctime;
    file->crtime = entry->crtime;
    file->size = entry->type == ENTRY_FILE ? entry->size : 0;

    if (entry->type == ENTRY_SYMLINK) {
        file->target = arena_copy(&tree->arena, entry->target, strlen(entry->target));
        if (!file->target)
            return error_no_memory(err);
        file->size = strlen(entry->target);
    }
    if (xattrs_check(entry, err) < 0)
        return -1;
    struct tree_xattr *xattrs = NULL;
    if (entry->n_xattrs) {
        xattrs = arena_alloc(&tree->arena, entry->n_xattrs * sizeof(*xattrs));
        if (!xattrs)
            return error_no_memory(err);
    }
    for (size_t i = 0; i < entry->n_xattrs; i++) {
        const struct xattr *from = &entry->xattrs[i];
        xattrs[i].name = arena_copy(&tree->arena, from->name, strlen(from->name));
        xattrs[i].value = arena_copy(&tree->arena, from->value, from->size);
        xattrs[i].size = (uint32_t)from->size;
        if (!xattrs[i].name || !xattrs[i].value)
            return error_no_memory(err);
    }
    file->xattrs = xattrs;
    file->n_xattrs = (uint16_t)entry->n_xattrs;
    return 0;
}

/* ---- paths ---- */

struct walk {
    struct tree *tree;
    const struct entry *entry; /* for parents to be made; NULL: none are made */
    int symlinks;
};

static struct tree_file *walk_path(struct walk *walk, struct tree_file *from, const char *path,
                                   size_t n, struct error *err);

static struct tree_file *walk_symlink(struct walk *walk, const struct tree_name *name,
                                      struct error *err)
{
    const char *target = name->file->target;
    if (++walk->symlinks > TREE_SYMLINKS_MAX) {
        error_set(err, ERROR_DAMAGED,
                  "more than %d symbolic links on the way to %s; they turn in a circle: make the "
                  "archive again without them",
                  TREE_SYMLINKS_MAX, name->text);
        return NULL;
    }
    return walk_path(walk, target[0] == '/' ? walk->tree->root : name->directory, target,
                     strlen(target), err);
}

static struct tree_file *directory_imply(struct walk *walk, struct tree_name *name,
                                         struct error *err)
{
    struct tree_file *file = file_new(walk->tree, ENTRY_DIRECTORY, err);
    if (!file)
        return NULL;
    file->directory->implied = true;
    file->mode = IMPLIED_MODE;
    file->mtime = file->atime = file->ctime = file->crtime = walk->entry->mtime;
    return name_link(name, file, err) < 0 ? NULL : file;
}

/* One step down into a directory. */
static struct tree_file *walk_step(struct walk *walk, struct tree_file *from, const char *text,
                                   size_t n, struct error *err)
{
    struct tree_name *name = name_find(walk->tree, from, text, n);
    if ((!name || !name->file) && walk->entry) {
        name = name_get(walk->tree, from, text, n, err);
        return name ? directory_imply(walk, name, err) : NULL;
    }
    if (name && name->file && name->file->type == ENTRY_SYMLINK)
        return walk_symlink(walk, name, err);
    if (name && name->file && name->file->type == ENTRY_DIRECTORY)
        return name->file;
    error_set(
        err, ERROR_DAMAGED,
        "%.*s is not a directory, though something is said to lie in it; make the archive again "
        "from the whole tree",
        (int)n, text);
    return NULL;
}

static struct tree_file *walk_path(struct walk *walk, struct tree_file *from, const char *path,
                                   size_t n, struct error *err)
{
    const char *end = path + n;
    while (from && path < end) {
        size_t length = strcspn(path, "/");
        if (length > (size_t)(end - path))
            length = (size_t)(end - path);
        if (length > NAME_BYTES_MAX) {
            error_set(err, ERROR_LIMIT,
                      "a part of the path %.100s... has %zu bytes; Linux allows "
                      "%d",
                      path, length, NAME_BYTES_MAX);
            return NULL;
        }
        if (length == 2 && path[0] == '.' && path[1] == '.')
            from = from->name ? from->name->directory : from;
        else if (length > 0 && !(length == 1 && path[0] == '.'))
            from = walk_step(walk, from, path, length, err);
        path += length + (length < (size_t)(end - path));
    }
    return from;
}

/* The directory part and the last component of path. */
static struct tree_file *walk_parent(struct walk *walk, const char *path, const char **base,
                                     struct error *err)
{
    const char *slash = strrchr(path, '/');
    *base = slash ? slash + 1 : path;
    return walk_path(walk, walk->tree->root, path, slash ? (size_t)(slash - path) : 0, err);
}

struct tree_file *tree_find(struct tree *tree, const char *path)
{
    struct walk walk = {.tree = tree};
    const char *base;
    struct tree_file *parent = walk_parent(&walk, path, &base, NULL);
    if (!parent)
        return NULL;
    if (*base == '\0')
        return parent;
    struct tree_name *name = name_find(tree, parent, base, strlen(base));
    return name ? name->file : NULL;
}

int tree_path(const struct tree_file *file, char **out, struct error *err)
{
    size_t n = 1;
    for (const struct tree_file *f = file; f->name; f = f->name->directory)
        n += f->name->length + 1u;
    char *text = malloc(n);
    if (!text)
        return error_no_memory(err);
    char *at = text + n - 1;
    *at = '\0';
    for (const struct tree_file *f = file; f->name; f = f->name->directory) {
        at -= f->name->length;
        memcpy(at, f->name->text, f->name->length);
        *--at = '/';
    }
    memmove(text, at + (*at == '/'), strlen(at + (*at == '/')) + 1);
    *out = text;
    return 0;
}

/* ---- entries ---- */

static int link_put(struct tree *tree, struct tree_name *name, const struct entry *entry,
                    struct error *err)
{
    struct tree_file *target = tree_find(tree, entry->target);
    if (target && target == name->file)
        return 0;
    if (target && target->type == ENTRY_DIRECTORY)
        return error_set(
            err, ERROR_DAMAGED,
            "%s: a hard link to %s, which is a directory; make the archive again without it",
            entry->path, entry->target);
    if (target) {
        tree_unlink(name);
        return name_link(name, target, err);
    }

    struct tree_pending *pending = arena_alloc(&tree->arena, sizeof(*pending));
    const char *copy = arena_copy(&tree->arena, entry->target, strlen(entry->target));
    if (!pending || !copy)
        return error_no_memory(err);
    tree_unlink(name);
    *pending = (struct tree_pending){.next = tree->pending, .name = name, .target = copy};
    tree->pending = pending;
    return 0;
}

int tree_put(struct tree *tree, const struct entry *entry, struct tree_file **out,
             struct error *err)
{
    struct walk walk = {.tree = tree, .entry = entry};
    const char *base;

    *out = NULL;
    if (room_check(tree, err) < 0)
        return -1;
    if (entry->path[0] == '\0') {
        if (entry->type != ENTRY_DIRECTORY)
            return error_set(err, ERROR_DAMAGED,
                             "the root of the tree is a %s, not a directory; make the archive "
                             "again from a directory",
                             entry_type_words(entry->type));
        tree->root->directory->implied = false;
        *out = tree->root;
        return file_describe(tree, tree->root, entry, err);
    }

    struct tree_file *parent = walk_parent(&walk, entry->path, &base, err);
    if (!parent)
        return error_wrap(err, "%.200s", entry->path);
    struct tree_name *name = name_get(tree, parent, base, strlen(base), err);
    if (!name)
        return -1;
    if (entry->type == ENTRY_LINK)
        return link_put(tree, name, entry, err);

    struct tree_file *file = name->file;
    if (entry->type != ENTRY_DIRECTORY || !file || file->type != ENTRY_DIRECTORY) {
        file = file_new(tree, entry->type, err);
        if (!file)
            return -1;
        tree_unlink(name);
        if (name_link(name, file, err) < 0)
            return error_wrap(err, "%.200s", entry->path);
    } else {
        file->directory->implied = false;
    }
    if (file_describe(tree, file, entry, err) < 0)
        return -1;
    *out = file;
    return 0;
}

int tree_file_new(struct tree *tree, enum entry_type type, struct tree_file **out,
                  struct error *err)
{
    if (room_check(tree, err) < 0)
        return -1;
    *out = file_new(tree, type, err);
    return *out ? 0 : -1;
}

int tree_link(struct tree *tree, struct tree_file *directory, const char *text, size_t n,
              struct tree_file *file, struct error *err)
{
    if (room_check(tree, err) < 0)
        return -1;
    struct tree_name *name = name_get(tree, directory, text, n, err);
    if (!name)
        return -1;
    if (name->file)
        return error_set(err, ERROR_DAMAGED, "two files with the name \"%s\" in one directory",
                         name->text);
    if (file->type == ENTRY_DIRECTORY && (file->links > 0 || file == tree->root))
        return error_set(err, ERROR_DAMAGED, "the directory \"%s\" has two places", name->text);
    return name_link(name, file, err);
}

struct tree_name *tree_child(const struct tree *tree, const struct tree_file *directory,
                             const char *text, size_t n)
{
    struct tree_name *name = name_find(tree, directory, text, n);
    return name && name->file ? name : NULL;
}

int tree_move(struct tree *tree, struct tree_name *name, struct tree_file *directory,
              const char *text, size_t n, struct error *err)
{
    struct tree_file *file = name->file;
    if (room_check(tree, err) < 0)
        return -1;
    struct tree_name *to = name_get(tree, directory, text, n, err);
    if (!to || name_link(to, file, err) < 0)
        return -1;
    if (file->type == ENTRY_DIRECTORY)
        name->directory->directory->subdirectories--;
    if (file->name == name)
        file->name = to;
    file->links--;
    name->file = NULL;
    return 0;
}

int tree_finish(struct tree *tree, struct error *err)
{
    bool progress = true;
    while (tree->pending && progress) {
        progress = false;
        for (struct tree_pending **at = &tree->pending; *at;) {
            struct tree_pending *pending = *at;
            struct tree_name *name = pending->name;
            bool wanted = !name->file && name->directory->links > 0;
            struct tree_file *target = wanted ? tree_find(tree, pending->target) : NULL;
            if (target && target->type != ENTRY_DIRECTORY && name_link(name, target, err) < 0)
                return -1;
            if (!wanted || name->file) {
                *at = pending->next;
                progress = true;
            } else {
                at = &pending->next;
            }
        }
    }
    if (!tree->pending)
        return 0;
    return error_set(err, ERROR_DAMAGED,
                     "%.200s is a hard link to %.200s, which the archive does not hold (or which "
                     "is a directory); make the archive again from the whole tree",
                     tree->pending->name->text, tree->pending->target);
}

int tree_init(struct tree *tree, struct error *err)
{
    *tree = (struct tree){0};
    if (table_grow(tree, err) < 0)
        return -1;
    tree->root = file_new(tree, ENTRY_DIRECTORY, err);
    if (!tree->root)
        return -1;
    tree->root->mode = IMPLIED_MODE;
    tree->root->links = 1;
    tree->root->directory->implied = true;
    return 0;
}

void tree_free(struct tree *tree)
{
    arena_free(&tree->arena);
    free(tree->table);
    *tree = (struct tree){0};
}
