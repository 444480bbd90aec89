/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tree_index.h"

#include <stdio.h>
#include <string.h>

#include "core/cancel.h"
#include "image/image.h"

/* The content of a file in the tree is the path of its entry. */
static int entry_add(struct tree *tree, const struct entry *entry, uint32_t number,
                     struct error *err)
{
    struct tree_file *file;
    if (tree_put(tree, entry, &file, err) < 0)
        return -1;
    if (!file)
        return 0;
    file->number = number;
    if (file->type != ENTRY_FILE)
        return 0;
    file->content = arena_copy(&tree->arena, entry->path, strlen(entry->path));
    return file->content ? 0 : error_no_memory(err);
}

int tree_index(struct tree *tree, const char *input, const struct image_open_options *options,
               struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    int rc;

    if (image_open(&source, input, options, err) < 0)
        return -1;
    for (uint32_t n = 0; (rc = source_next(source, &entry, err)) > 0; n++) {
        if (cancel_check(err) < 0)
            return -1;
        if (entry_add(tree, entry, n, err) < 0)
            return image_failed(input, err);
    }
    if (rc < 0 || tree_finish(tree, err) < 0)
        return image_failed(input, err);
    return 0;
}

bool tree_index_matches(const struct tree_file *file, const struct entry *entry)
{
    return entry->type == ENTRY_FILE && strcmp(file->content, entry->path) == 0 &&
           file->size == entry->size && file->mtime.seconds == entry->mtime.seconds &&
           file->mtime.nanoseconds == entry->mtime.nanoseconds;
}

struct tree_file *tree_index_follow(struct tree *tree, const char *path)
{
    AUTO_FREE char *at = strdup(path);
    struct tree_file *file = at ? tree_find(tree, at) : NULL;
    for (int i = 0; file && file->type == ENTRY_SYMLINK; i++) {
        AUTO_FREE char *directory = NULL;
        char *next = NULL;
        if (i == TREE_SYMLINKS_MAX || tree_path(file->name->directory, &directory, NULL) < 0 ||
            asprintf(&next, "%s/%s", file->target[0] == '/' ? "" : directory, file->target) < 0)
            return NULL;
        free(at);
        at = next;
        file = tree_find(tree, at);
    }
    return file;
}

int tree_index_check(const char *input, struct error *err)
{
    if (image_can_read_twice(input))
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s can be read only once; which content a name has is known at the end of "
                     "an archive: save it to a file first",
                     strcmp(input, "-") == 0 ? "standard input" : input);
}
