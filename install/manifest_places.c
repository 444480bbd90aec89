/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/manifest_places.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "install/catalogue.h"

/* All of these: 1: enough, 0: go on, negative: error. */

static int visit_file(const struct manifest_visitor *visitor, const char *path, struct error *err)
{
    AUTO_MANIFEST struct manifest *manifest = NULL;
    if (manifest_read(&manifest, path, err) < 0)
        return -1;
    return visitor->manifest(visitor->context, &manifest, err);
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

static int visit_directory(const struct manifest_visitor *visitor, const char *path,
                           struct error *err)
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
            result = visit_file(visitor, file, err);
        free(names[i]);
    }
    free(names);
    return result;
}

static int visit_place(const struct manifest_visitor *visitor, const char *path, bool must_be,
                       struct error *err)
{
    struct stat st;
    if (stat(path, &st) < 0) {
        if (!must_be && (errno == ENOENT || errno == ENOTDIR))
            return 0;
        return error_errno(err, errno, "look for manifests at %s", path);
    }
    if (visitor->place)
        visitor->place(visitor->context, path);
    return S_ISDIR(st.st_mode) ? visit_directory(visitor, path, err)
                               : visit_file(visitor, path, err);
}

static int visit_catalogue(const struct manifest_visitor *visitor, const char *name, bool *override,
                           struct error *err)
{
    AUTO_CATALOGUE struct catalogue catalogue = {0};
    AUTO_MANIFEST struct manifest *manifest = NULL;
    if (catalogue_read(&catalogue, name, err) < 0 ||
        catalogue_manifest(&catalogue, &manifest, err) < 0)
        return -1;
    if (visitor->place)
        visitor->place(visitor->context, catalogue.source);
    if (catalogue.override)
        *override = true;
    return visitor->manifest(visitor->context, &manifest, err);
}

static int visit_catalogues(const struct manifest_visitor *visitor, bool *override,
                            struct error *err)
{
    CLEANUP(texts_free) struct texts names = {0};
    if (catalogue_names(&names, err) < 0)
        return -1;
    for (size_t i = 0; i < names.n; i++) {
        int rc = visit_catalogue(visitor, names.items[i], override, err);
        if (rc != 0)
            return rc;
    }
    return 0;
}

int manifest_visit(const char *own, const struct manifest_visitor *visitor, struct error *err)
{
    const char *environment = getenv("LXKIT_MANIFESTS");
    int rc = own ? visit_place(visitor, own, true, err) : 0;
    if (rc == 0 && environment && *environment)
        rc = visit_place(visitor, environment, true, err);
    bool override = false;
    if (rc == 0)
        rc = visit_catalogues(visitor, &override, err);
    if (rc == 0 && !override)
        rc = visit_place(visitor, INSTALLED_MANIFESTS, false, err);
    return rc;
}

int manifest_none(const char *name, struct error *err)
{
    return error_set(err, ERROR_NOT_FOUND,
                     "there is no manifest to find '%s' in: none is installed at %s; name one with "
                     "--manifest FILE or LXKIT_MANIFESTS",
                     name, INSTALLED_MANIFESTS);
}
