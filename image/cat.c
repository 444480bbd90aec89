/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/cat.h"

#include <string.h>

#include "core/cancel.h"
#include "image/content_reader.h"
#include "image/image.h"
#include "image/tree_index.h"

static int files_choose(struct tree *tree, char *const *paths, size_t n,
                        const struct tree_file **chosen, struct error *err)
{
    for (size_t i = 0; i < n; i++) {
        const struct tree_file *file = tree_index_follow(tree, paths[i]);
        if (!file)
            return error_set(err, ERROR_NOT_FOUND, "there is no %.300s; lximage ls lists what is",
                             paths[i]);
        if (file->type != ENTRY_FILE)
            return error_set(err, ERROR_WRONG_KIND, "%.300s is a %s; only files have a content",
                             paths[i], entry_type_words(file->type));
        chosen[i] = file;
    }
    return 0;
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
static int files_write(FILE *out, const char *input, const struct tree_file *const *chosen,
                       size_t n, const struct image_open_options *options, struct error *err)
{
    struct image_open_options quiet = *options;
    AUTO_SOURCE struct source *source = NULL;
    const struct entry *entry;
    size_t done = 0;
    int rc = 0;

    quiet.events = NULL; /* heard all when the input was read before */
    if (image_open(&source, input, &quiet, err) < 0)
        return -1;
    for (uint32_t number = 0; done < n && (rc = source_next(source, &entry, err)) > 0; number++) {
        if (cancel_check(err) < 0)
            return -1;
        if (number != chosen[done]->number)
            continue;
        if (!tree_index_matches(chosen[done], entry))
            break;
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

static int files_find_and_write(FILE *out, struct tree *tree, const char *input, char *const *paths,
                                size_t n, const struct image_open_options *options,
                                struct error *err)
{
    AUTO_FREE const struct tree_file **chosen = calloc(n + 1, sizeof(struct tree_file *));
    if (!chosen)
        return error_no_memory(err);
    if (tree_index(tree, input, options, err) < 0)
        return -1;
    if (files_choose(tree, paths, n, chosen, err) < 0)
        return image_failed(input, err);
    for (size_t done = 0; done < n;) {
        int rc = files_write(out, input, chosen + done, n - done, options, err);
        if (rc < 0)
            return -1;
        done += (size_t)rc;
    }
    return 0;
}

int image_cat(FILE *out, const char *input, char *const *paths, size_t n,
              const struct image_open_options *options, struct error *err)
{
    struct tree tree;
    if (tree_index_check(input, err) < 0 || tree_init(&tree, err) < 0)
        return -1;
    int rc = files_find_and_write(out, &tree, input, paths, n, options, err);
    tree_free(&tree);
    return rc;
}
