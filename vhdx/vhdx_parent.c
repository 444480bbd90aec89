/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_parent.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "vhdx/vhdx_read.h"

enum {
    DRIVE_LETTERS = 2, /* "C:" */
    CANDIDATES_MAX = 2 + VHDX_PARENT_PATHS,
    CANDIDATE_BYTES = 2 * VHDX_PATH_BYTES,
};

/* ---- where to look ---- */

struct candidates {
    char paths[CANDIDATES_MAX][CANDIDATE_BYTES];
    size_t n;
};

/* Length of the directory in a path, with its slash. */
static size_t directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash + 1 - path) : 0;
}

/* prefix and name, each once. A path that does not fit is none that could be opened. */
static void candidate_add(struct candidates *candidates, const char *prefix, size_t prefix_length,
                          const char *name)
{
    char *path = candidates->paths[candidates->n];
    int n = snprintf(path, CANDIDATE_BYTES, "%.*s%s", (int)prefix_length, prefix, name);
    if (n < 0 || n >= CANDIDATE_BYTES)
        return;
    for (size_t i = 0; i < candidates->n; i++)
        if (strcmp(candidates->paths[i], path) == 0)
            return;
    candidates->n++;
}

/* Windows' path with Linux' slashes and without what says that it is one: "//?/". */
static const char *path_turn(char *out, const char *path)
{
    size_t n = strlen(path);
    for (size_t i = 0; i <= n; i++)
        out[i] = path[i] == '\\' ? '/' : path[i];
    return strncmp(out, "//?/", 4) == 0 ? out + 4 : out;
}

static void absolute_add(struct candidates *candidates, const char *path)
{
    char mount[] = "/mnt/x";
    if (isalpha((unsigned char)path[0]) && path[1] == ':' && path[DRIVE_LETTERS] == '/') {
        mount[sizeof(mount) - 2] = (char)tolower((unsigned char)path[0]);
        candidate_add(candidates, mount, sizeof(mount) - 1, path + DRIVE_LETTERS);
    } else if (path[0] == '/' && path[1] != '/') {
        candidate_add(candidates, "", 0, path);
    }
}

static void candidates_list(struct candidates *out, const char *child,
                            const struct vhdx_locator *locator)
{
    char turned[VHDX_PATH_BYTES];
    size_t directory = directory_of(child);
    out->n = 0;
    const char *path = path_turn(turned, locator->paths[VHDX_PARENT_RELATIVE]);
    if (path[0] != '\0' && path[0] != '/')
        candidate_add(out, child, directory, path);
    absolute_add(out, path_turn(turned, locator->paths[VHDX_PARENT_ABSOLUTE]));
    for (int i = 0; i < VHDX_PARENT_PATHS; i++) {
        path = path_turn(turned, locator->paths[i]);
        const char *name = path + directory_of(path);
        if (name[0] != '\0')
            candidate_add(out, child, directory, name);
    }
}

/* ---- opening ---- */

static bool identity_right(const struct vhdx_file *parent, const struct vhdx_locator *locator)
{
    const struct guid *id = &parent->header.data_write;
    return guid_equal(id, &locator->linkage) ||
           (!guid_is_zero(&locator->linkage_2) && guid_equal(id, &locator->linkage_2));
}

static int identity_refuse(const struct vhdx_file *file, const struct vhdx_file *parent,
                           struct error *err)
{
    char is[GUID_TEXT_BYTES], must[GUID_TEXT_BYTES];
    guid_format(&parent->header.data_write, is);
    guid_format(&file->locator.linkage, must);
    return error_set(err, ERROR_VERIFY,
                     "%s is not, or not any more, the disk that %s differs from (its data write id "
                     "is %s and should be %s); put the disk there as it was",
                     parent->medium->path, file->medium->path, is, must);
}

static void chain_lengthen(struct vhdx_chain *out, const char *path, const struct vhdx_chain *chain)
{
    struct stat status = {0};
    if (stat(path, &status) < 0)
        status = (struct stat){0}; /* opening it tells why */
    *out = (struct vhdx_chain){chain, status.st_dev, status.st_ino};
}

/* Of the disks that are open already, neither may be its own ancestor, nor may they be too many. */
static int chain_check(const struct vhdx_chain *chain, const char *path, struct error *err)
{
    int n = 0;
    for (const struct vhdx_chain *at = chain->child; at; at = at->child, n++)
        if (at->device == chain->device && at->inode == chain->inode)
            return error_set(err, ERROR_DAMAGED,
                             "%s is among its own parents: the chain of disks is a loop", path);
    if (n < VHDX_CHAIN_MAX)
        return 0;
    return error_set(err, ERROR_LIMIT,
                     "%s: more than %d disks differ from each other; merge some of them first",
                     path, VHDX_CHAIN_MAX);
}

static int candidate_open(struct blockdev **out, const char *path, const struct vhdx_file *file,
                          const struct vhdx_chain *chain, struct error *err)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_OPEN};
    struct vhdx_file *parent AUTO_VHDX_FILE = NULL;
    struct vhdx_chain longer;
    chain_lengthen(&longer, path, chain);
    if (chain_check(&longer, path, err) < 0 || vhdx_file_open(&parent, path, &judge, err) < 0)
        return -1;
    if (!identity_right(parent, &file->locator))
        return identity_refuse(file, parent, err);
    return vhdx_read_open_file(out, steal(&parent), &longer, err);
}

static int missing(const struct vhdx_file *file, const struct candidates *candidates,
                   struct error *err)
{
    char list[ERROR_TEXT_BYTES] = "";
    size_t n = 0;
    for (size_t i = 0; i < candidates->n && n < sizeof(list); i++)
        n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s", i ? ", " : "",
                              candidates->paths[i]);
    return error_set(err, ERROR_NOT_FOUND,
                     "%s: the disk that it differs from is not there; put it where it is looked "
                     "for: %s",
                     file->medium->path, list);
}

int vhdx_parent_open(struct blockdev **out, const struct vhdx_file *file,
                     const struct vhdx_chain *chain, struct error *err)
{
    struct candidates *candidates AUTO_FREE = malloc(sizeof(*candidates));
    struct error first = {0}; /* what is wrong with the first file that is there */
    struct vhdx_chain start;
    if (!candidates)
        return error_no_memory(err);
    if (!chain) {
        chain_lengthen(&start, file->medium->path, NULL);
        chain = &start;
    }
    candidates_list(candidates, file->medium->path, &file->locator);
    for (size_t i = 0; i < candidates->n; i++) {
        struct error one = {0};
        const char *path = candidates->paths[i];
        if (access(path, F_OK) < 0 && (errno == ENOENT || errno == ENOTDIR))
            continue;
        if (candidate_open(out, path, file, chain, &one) == 0)
            return 0;
        if (first.code == ERROR_NONE)
            first = one;
    }
    if (first.code == ERROR_NONE)
        return missing(file, candidates, err);
    return error_set(err, first.code, "%s", first.text);
}

int vhdx_parent_judge(const struct vhdx_file *file, struct vhdx_judge *judge, struct error *err)
{
    struct blockdev *parent AUTO_BLOCKDEV = NULL;
    struct error found = {0};
    enum vhdx_rule rule = VHDX_RULE_PARENT_DAMAGED;
    if (vhdx_parent_open(&parent, file, NULL, &found) == 0)
        return 0;
    if (found.code == ERROR_NO_MEMORY || found.code == ERROR_INTERRUPTED)
        return error_set(err, found.code, "%s", found.text);
    if (found.code == ERROR_NOT_FOUND)
        rule = VHDX_RULE_PARENT_MISSING;
    if (found.code == ERROR_VERIFY)
        rule = VHDX_RULE_PARENT_CHANGED;
    return vhdx_judge(judge, rule, err, "%s", found.text);
}
