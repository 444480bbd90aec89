/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_names.h"

#include <errno.h>
#include <string.h>

#include "image/mount/mount_content.h"

enum {
    LINKS_MAX = 65000, /* names of one file, as ext4 counts them */
};

static void directory_touch(struct mount *mount, struct tree_file *directory)
{
    directory->mtime = directory->ctime = mount->now;
    mount->changed = true;
}

/* ---- how long paths become ---- */

static size_t path_bytes(const struct tree_file *directory)
{
    size_t n = 0;
    for (const struct tree_file *at = directory; at->name; at = at->name->directory)
        n += at->name->length + 1u;
    return n;
}

/* The longest path below a directory, from there. */
static size_t longest_below(const struct tree_file *directory)
{
    size_t most = 0, n = 0;
    const struct tree_name *name = directory->directory->first;
    const struct tree_file *at = directory;
    while (true) {
        if (!name && at == directory)
            return most;
        if (!name) { /* back up */
            name = at->name;
            n -= name->length + 1u;
            at = name->directory;
            name = name->sibling;
            continue;
        }
        if (name->file && n + name->length + 1u > most)
            most = n + name->length + 1u;
        if (name->file && name->file->type == ENTRY_DIRECTORY) {
            at = name->file;
            n += name->length + 1u;
            name = at->directory->first;
        } else {
            name = name->sibling;
        }
    }
}

/* Whether a name of n bytes in directory, with paths of below bytes in it, can be saved. */
static int place_check(const struct tree_file *directory, enum entry_type type, size_t n,
                       size_t below)
{
    if (type == ENTRY_DIRECTORY && directory->directory->depth >= TREE_DEPTH_MAX)
        return ENOSPC;
    if (n > NAME_BYTES_MAX || path_bytes(directory) + n + below > PATH_BYTES_MAX)
        return ENAMETOOLONG;
    return directory->links > 0 ? 0 : ENOENT; /* it was removed */
}

/* ---- names ---- */

static struct tree_name *child(const struct mount *mount, const struct tree_file *directory,
                               const char *text)
{
    return tree_child(&mount->tree, directory, text, strlen(text));
}

static int link_errno(const struct error *err)
{
    return err->code == ERROR_NO_MEMORY ? ENOMEM : ENOSPC; /* a limit of the tree */
}

int mount_name_new(struct mount *mount, struct tree_file *directory, const char *text,
                   enum entry_type type, struct tree_file **out)
{
    struct error err = {0};
    struct tree_file *file;
    int wrong = place_check(directory, type, strlen(text), 0);

    if (wrong)
        return wrong;
    if (child(mount, directory, text))
        return EEXIST;
    /* What fails takes no number: a journal counts on that. */
    if (mount_files_reserve(mount, &err) < 0 ||
        tree_file_new(&mount->tree, type, &file, &err) < 0 ||
        (type == ENTRY_FILE && mount_content_new(mount, file, &err) < 0) ||
        tree_link(&mount->tree, directory, text, strlen(text), file, &err) < 0)
        return link_errno(&err);
    mount_files_add(mount, file);
    file->mtime = file->atime = file->ctime = file->crtime = mount->now;
    directory_touch(mount, directory);
    *out = file;
    return 0;
}

int mount_name_link(struct mount *mount, struct tree_file *directory, const char *text,
                    struct tree_file *file)
{
    struct error err = {0};
    int wrong = place_check(directory, file->type, strlen(text), 0);

    if (wrong)
        return wrong;
    if (child(mount, directory, text))
        return EEXIST;
    if (file->links == 0)
        return ENOENT;
    if (file->links >= LINKS_MAX)
        return EMLINK;
    if (tree_link(&mount->tree, directory, text, strlen(text), file, &err) < 0)
        return link_errno(&err);
    file->ctime = mount->now;
    directory_touch(mount, directory);
    return 0;
}

static bool is_empty(const struct tree_file *directory)
{
    const struct tree_name *name = directory->directory->first;
    while (name && !name->file)
        name = name->sibling;
    return !name;
}

/* Whether the name of a file may go. */
static int removal_check(const struct tree_name *name, bool is_directory)
{
    if (!name)
        return ENOENT;
    if ((name->file->type == ENTRY_DIRECTORY) != is_directory)
        return is_directory ? ENOTDIR : EISDIR;
    return is_directory && !is_empty(name->file) ? ENOTEMPTY : 0;
}

static void name_drop(struct mount *mount, struct tree_name *name)
{
    struct tree_file *file = name->file;
    tree_unlink(name);
    file->ctime = mount->now;
    if (file->links == 0 && file->aux == 0 && file->type == ENTRY_FILE)
        mount_content_drop(mount, file);
}

int mount_name_remove(struct mount *mount, struct tree_file *directory, const char *text,
                      bool is_directory)
{
    struct tree_name *name = child(mount, directory, text);
    int wrong = removal_check(name, is_directory);
    if (wrong)
        return wrong;
    name_drop(mount, name);
    directory_touch(mount, directory);
    return 0;
}

int mount_name_move(struct mount *mount, struct tree_file *directory, const char *text,
                    struct tree_file *new_directory, const char *new_text, bool keep)
{
    struct tree_name *name = child(mount, directory, text);
    struct tree_name *there = child(mount, new_directory, new_text);
    struct error err = {0};

    if (!name)
        return ENOENT;
    struct tree_file *file = name->file;
    bool is_directory = file->type == ENTRY_DIRECTORY;
    if (there && keep)
        return EEXIST;
    if (there && there->file == file)
        return 0; /* two names of one file: both stay */
    int wrong = there ? removal_check(there, is_directory) : 0;
    if (!wrong)
        wrong = place_check(new_directory, file->type, strlen(new_text),
                            is_directory ? longest_below(file) : 0);
    if (wrong)
        return wrong;
    if (there)
        name_drop(mount, there);
    if (tree_move(&mount->tree, name, new_directory, new_text, strlen(new_text), &err) < 0)
        return link_errno(&err);
    file->ctime = mount->now;
    directory_touch(mount, directory);
    directory_touch(mount, new_directory);
    return 0;
}
