/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/manifest_find.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "install/architecture.h"
#include "install/name.h"

#define INSTALLED_MANIFESTS LXKIT_DATADIR "/manifests"

enum {
    LIST_BYTES = 160, /* of names or paths in a message; longer lists are cut */
};

struct search {
    const struct manifest_query *query;
    struct manifest_choice *out;
    char close[LIST_BYTES];  /* names like the wanted one */
    char looked[LIST_BYTES]; /* files and directories */
};

/* Adds to a list for a message; "..." stands for what has no room. */
static void list(char text[LIST_BYTES], const char *item)
{
    size_t n = strlen(text);
    bool full = n + strlen(item) + sizeof(", , ...") > LIST_BYTES;
    if (full && n >= 3 && strcmp(text + n - 3, "...") == 0)
        return;
    char *end = stpcpy(text + n, n ? ", " : "");
    strcpy(end, full ? "..." : item);
}

static const struct manifest_release *release_by_name(const struct manifest_distribution *d,
                                                      const char *name)
{
    for (size_t i = 0; i < d->releases.n; i++) {
        if (name_equal(d->releases.items[i].name, name))
            return &d->releases.items[i];
    }
    return NULL;
}

/* What name means in a manifest: NAME itself, or NAME-RELEASE; false: nothing. */
static bool match(const struct manifest *manifest, const char *name, struct manifest_choice *out)
{
    for (size_t i = 0; i < manifest->distributions.n; i++) {
        const struct manifest_distribution *d = &manifest->distributions.items[i];
        size_t n = strlen(d->name);
        if (strncasecmp(name, d->name, n) != 0)
            continue;
        const struct manifest_release *release = NULL;
        if (name[n] == '-')
            release = release_by_name(d, name + n + 1);
        if (name[n] == '\0' || release) {
            out->distribution = d;
            out->release = release;
            out->release_named = release;
            return true;
        }
    }
    return false;
}

static int choose_release(const struct manifest_query *query, struct manifest_choice *choice,
                          struct error *err)
{
    const struct manifest_distribution *d = choice->distribution;
    if (!query->release) {
        if (!choice->release)
            choice->release = &d->releases.items[0];
        return 0;
    }
    choice->release = release_by_name(d, query->release);
    choice->release_named = true;
    if (choice->release)
        return 0;
    char offered[LIST_BYTES] = "";
    for (size_t i = 0; i < d->releases.n; i++)
        list(offered, d->releases.items[i].name);
    return error_set(err, ERROR_NOT_FOUND, "%s has no release '%s' in %s; it has: %s", d->name,
                     query->release, choice->manifest->path, offered);
}

static int choose_image(const struct manifest_query *query, struct manifest_choice *choice,
                        struct error *err)
{
    const struct manifest_release *release = choice->release;
    const char *wanted = query->architecture ? query->architecture : architecture_host();
    char offered[LIST_BYTES] = "";
    for (size_t i = 0; i < release->images.n; i++) {
        const struct manifest_image *image = &release->images.items[i];
        if (strcmp(image->architecture, wanted) == 0) {
            choice->image = image;
            return 0;
        }
        list(offered, image->architecture);
    }
    return error_set(
        err, ERROR_NOT_FOUND, "%s %s is not offered for %s in %s; choose with --arch: %s",
        choice->distribution->name, release->name, wanted, choice->manifest->path, offered);
}

/* ---- where to look; 1: found, 0: not here, negative: error ---- */

static int search_file(struct search *search, const char *path, struct error *err)
{
    const char *name = search->query->name;
    AUTO_MANIFEST struct manifest *manifest = NULL;
    if (manifest_read(&manifest, path, err) < 0)
        return -1;
    if (match(manifest, name, search->out)) {
        search->out->manifest = steal(&manifest);
        return 1;
    }
    for (size_t i = 0; i < manifest->distributions.n; i++) {
        const struct manifest_distribution *d = &manifest->distributions.items[i];
        if (name_close(name, d->name))
            list(search->close, d->name);
    }
    return 0;
}

static int is_manifest(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return entry->d_name[0] != '.' && n > 5 && strcmp(entry->d_name + n - 5, ".yaml") == 0;
}

static int by_bytes(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int search_directory(struct search *search, const char *path, struct error *err)
{
    struct dirent **names;
    int n = scandir(path, &names, is_manifest, by_bytes);
    if (n < 0)
        return error_errno(err, errno, "read directory %s", path);

    int result = 0;
    if (n > MANIFEST_FILES_MAX)
        result = error_set(err, ERROR_LIMIT, "%s has %d manifests; at most %d are read", path, n,
                           MANIFEST_FILES_MAX);
    for (int i = 0; i < n; i++) {
        AUTO_FREE char *file = NULL;
        if (result == 0)
            result = paths_join(&file, path, names[i]->d_name, err);
        if (result == 0)
            result = search_file(search, file, err);
        free(names[i]);
    }
    free(names);
    return result;
}

static int search_place(struct search *search, const char *path, bool must_be, struct error *err)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        if (!must_be && (errno == ENOENT || errno == ENOTDIR))
            return 0;
        return error_errno(err, errno, "look for manifests at %s", path);
    }
    list(search->looked, path);
    return S_ISDIR(st.st_mode) ? search_directory(search, path, err)
                               : search_file(search, path, err);
}

static int search_all(struct search *search, struct error *err)
{
    const char *own = search->query->manifest;
    const char *environment = getenv("LXKIT_MANIFESTS");
    int found = own ? search_place(search, own, true, err) : 0;
    if (found == 0 && environment && *environment)
        found = search_place(search, environment, true, err);
    if (found == 0)
        found = search_place(search, INSTALLED_MANIFESTS, false, err);
    return found;
}

static int not_found(const struct search *search, struct error *err)
{
    const char *name = search->query->name;
    if (!*search->looked)
        return error_set(err, ERROR_NOT_FOUND,
                         "there is no manifest to find '%s' in: none is installed at %s; name one "
                         "with --manifest FILE or LXKIT_MANIFESTS",
                         name, INSTALLED_MANIFESTS);
    return error_set(err, ERROR_NOT_FOUND, "no distribution '%s' in %s%s%s%s", name, search->looked,
                     *search->close ? "; did you mean: " : "", search->close,
                     *search->close ? "?" : "; a file is given as ./FILE");
}

int manifest_find(struct manifest_choice *out, const struct manifest_query *query,
                  struct error *err)
{
    *out = (struct manifest_choice){0};
    struct search search = {.query = query, .out = out};
    int found = search_all(&search, err);
    if (found == 0)
        return not_found(&search, err);
    if (found < 0 || choose_release(query, out, err) < 0 || choose_image(query, out, err) < 0) {
        manifest_choice_free(out);
        return -1;
    }
    return 0;
}

void manifest_choice_free(struct manifest_choice *choice)
{
    manifest_free(choice->manifest);
    *choice = (struct manifest_choice){0};
}
