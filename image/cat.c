/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/cat.h"

#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "image/content_reader.h"
#include "image/gather.h"
#include "image/image.h"
#include "image/tree.h"

/* A file's number is its place among the source's files. */
struct numbering {
    struct gather gather;
    uint32_t n;
};

static int file_number(struct gather *gather, struct tree *tree, struct tree_file *file,
                       struct source *source, struct error *err)
{
    struct numbering *self = (struct numbering *)gather;
    (void)tree, (void)source, (void)err;
    file->number = self->n++;
    return 0;
}

/* The file that path leads to, with a symbolic link at its end followed too. */
static struct tree_file *file_find(struct tree *tree, const char *path)
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

static int files_choose(struct tree *tree, char *const *paths, size_t n, uint32_t *chosen,
                        struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct tree_file *file = file_find(tree, paths[i]);
        if (!file)
            return error_set(err, ERROR_NOT_FOUND, "there is no %.300s; lximage ls lists what is",
                             paths[i]);
        if (file->type != ENTRY_FILE)
            return error_set(err, ERROR_WRONG_KIND, "%.300s is a %s; only files have a content",
                             paths[i], entry_type_words(file->type));
        chosen[i] = file->number;
    }
    return 0;
}

static int files_find(const char *input, char *const *paths, size_t n, uint32_t *chosen,
                      struct error *err)
{
    struct numbering numbering = {.gather.content = file_number};
    AUTO_SOURCE struct source *source = NULL;
    struct tree tree;

    if (image_open(&source, input, NULL, err) < 0)
        return -1;
    int rc = tree_init(&tree, err);
    if (rc == 0)
        rc = gather_tree(&numbering.gather, &tree, source, err);
    if (rc == 0)
        rc = files_choose(&tree, paths, n, chosen, err);
    tree_free(&tree);
    return rc < 0 ? image_failed(input, err) : 0;
}

static int content_write(FILE *out, struct source *source, uint64_t size, struct error *err)
{
    struct content_reader reader;
    const void *bytes;
    ssize_t n;
    content_reader_init(&reader, source, size);
    while ((n = content_reader_next(&reader, &bytes, err)) > 0) {
        if (fwrite(bytes, 1, (size_t)n, out) != (size_t)n)
            return 0; /* told when it is closed */
    }
    return (int)n;
}

/* One way through the input: writes the first of n files, and those that lie behind it in their
 * order. Returns how many. */
static int files_write(FILE *out, const char *input, const uint32_t *chosen, size_t n,
                       struct error *err)
{
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    uint32_t number = 0;
    size_t done = 0;
    int rc = 0;

    if (image_open(&source, input, NULL, err) < 0)
        return -1;
    while (done < n && (rc = source_next(source, &entry, err)) > 0) {
        if (cancel_check(err) < 0)
            return -1;
        if (entry->type != ENTRY_FILE || number++ != chosen[done])
            continue;
        if (content_write(out, source, entry->size, err) < 0)
            return image_failed(input, err);
        done++;
    }
    if (rc < 0)
        return image_failed(input, err);
    if (done == 0)
        return error_set(err, ERROR_BUSY, "%s changed while it was read; try again", input);
    return (int)done;
}

static int input_check(const char *input, struct error *err)
{
    struct stat st;
    bool once = strcmp(input, "-") == 0 ||
                (stat(input, &st) == 0 &&
                 (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode)));
    if (!once)
        return 0;
    return error_set(err, ERROR_USAGE,
                     "%s can be read only once; which content a name has is known at the end of "
                     "an archive: save it to a file first",
                     strcmp(input, "-") == 0 ? "standard input" : input);
}

int image_cat(FILE *out, const char *input, char *const *paths, size_t n, struct error *err)
{
    AUTO_FREE uint32_t *chosen = calloc(n + 1, sizeof(*chosen));
    if (!chosen)
        return error_no_memory(err);
    if (input_check(input, err) < 0 || files_find(input, paths, n, chosen, err) < 0)
        return -1;
    for (size_t done = 0; done < n;) {
        int rc = files_write(out, input, chosen + done, n - done, err);
        if (rc < 0)
            return -1;
        done += (size_t)rc;
    }
    return 0;
}
