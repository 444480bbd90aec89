/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ls.h"

#include <string.h>

#include "core/cancel.h"
#include "image/image.h"
#include "image/path.h"
#include "image/report.h"
#include "image/tree_index.h"
#include "image/tree_walk.h"

enum {
    JSON_VERSION = 1,
};

/* Whether path is directory or lies below it. */
static bool is_below(const char *path, const char *directory)
{
    size_t n = strlen(directory);
    return n == 0 || (strncmp(path, directory, n) == 0 && (path[n] == '\0' || path[n] == '/'));
}

static int name_write(FILE *out, const struct report_name *name, enum ls_style style, bool first,
                      struct error *err)
{
    if (style == LS_JSON)
        return report_name_json(out, name, first, err);
    report_name(out, name, style == LS_LONG);
    return 0;
}

static int names_write(FILE *out, struct tree *tree, const char *path, enum ls_style style,
                       struct error *err)
{
    struct tree_walk walk;
    const struct entry *entry;
    bool first = true;
    int rc;

    tree_walk_init(&walk, tree);
    while ((rc = tree_walk_next(&walk, &entry, err)) > 0) {
        const struct report_name name = {
            .path = entry->path,
            .file = walk.file,
            .link = entry->type == ENTRY_LINK ? entry->target : NULL,
        };
        if (!is_below(entry->path, path))
            continue;
        rc = name_write(out, &name, style, first, err);
        first = false;
        if (rc < 0 || cancel_check(err) < 0)
            break;
    }
    tree_walk_free(&walk);
    if (rc == 0 && first)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no /%s; symbolic links on the way are not followed", path);
    return rc;
}

static int tree_list(FILE *out, struct tree *tree, const char *path, enum ls_style style,
                     struct error *err)
{
    if (style == LS_JSON)
        fprintf(out, "{\"version\":%d,\"entries\":[", JSON_VERSION);
    if (names_write(out, tree, path, style, err) < 0)
        return -1;
    if (style == LS_JSON)
        fputs("\n]}\n", out);
    return 0;
}

int image_ls(FILE *out, const char *input, const char *path, enum ls_style style,
             const struct image_open_options *options, struct error *err)
{
    AUTO_FREE char *clean = strdup(path + strspn(path, "/"));
    struct tree tree;

    if (!clean)
        return error_no_memory(err);
    if (path_clean(clean, err) < 0)
        return error_set(err, ERROR_USAGE, "%s cannot be a path in a tree", path);
    int rc = tree_init(&tree, err);
    if (rc == 0)
        rc = tree_index(&tree, input, options, err);
    if (rc == 0 && tree_list(out, &tree, clean, style, err) < 0)
        rc = image_failed(input, err);
    tree_free(&tree);
    return rc;
}
