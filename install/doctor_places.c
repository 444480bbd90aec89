/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/paths.h"
#include "image/image.h"
#include "install/doctor_report.h"
#include "install/location.h"
#include "install/name.h"
#include "install/text.h"

static bool ends_with(const char *name, const char *ending)
{
    size_t n = strlen(name), m = strlen(ending);
    return n > m && strcasecmp(name + n - m, ending) == 0;
}

/* What core/atomic_file.h names files that are not finished. */
static bool is_partial(const char *name)
{
    return name[0] == '.' && ends_with(name, ".partial");
}

/* One of those that are made where distributions lie. */
static bool is_temporary(const char *name)
{
    return is_partial(name) &&
           (strstr(name, ".vhdx.") || strncmp(name, ".registry.json.", 15) == 0);
}

static bool is_path(const char *named, const char *real)
{
    AUTO_FREE char *path = NULL;
    return named && location_canonical(&path, named, NULL) == 0 && strcmp(path, real) == 0;
}

/* A disk of the registry, or one that it knows to be garbage. */
static bool is_known(const struct registry *registry, const char *real)
{
    for (size_t i = 0; i < registry->n; i++) {
        const struct registration *entry = &registry->entries[i];
        AUTO_FREE char *disk = NULL;
        if (registration_disk(entry, &disk, NULL) < 0 || is_path(disk, real) ||
            is_path(entry->leftover, real))
            return true;
    }
    return false;
}

/* Who makes something where distributions lie locks the directory, which tells garbage from what is
 * being made. Elsewhere only the user can. */
static int temporary_add(struct doctor_report *report, const char *path, bool elsewhere,
                         struct error *err)
{
    struct doctor_finding *finding;
    if (elsewhere)
        return doctor_add(report, NULL, "temporary", path,
                          "a program that was killed left it unfinished, if none writes it now",
                          err, "rm %s", path);
    if (doctor_add(report, &finding, "temporary", path,
                   "a program that was killed left it unfinished", err,
                   "lxinstall doctor --fix") < 0)
        return -1;
    return text_set(&finding->garbage, path, err);
}

static bool is_found(const struct doctor_report *report, const char *path)
{
    for (size_t i = 0; i < report->n; i++)
        if (strcmp(report->findings[i].subject, path) == 0)
            return true;
    return false;
}

static int file_examine(struct doctor_report *report, const struct registry *registry,
                        const char *path, bool elsewhere, struct error *err)
{
    struct registration *owner;
    AUTO_FREE char *directory = NULL;
    const char *name = paths_base(path);
    if (is_found(report, path))
        return 0;
    if (elsewhere ? is_partial(name) : is_temporary(name))
        return temporary_add(report, path, elsewhere, err);
    if (!ends_with(name, ".vhdx") || is_known(registry, path))
        return 0;
    if (registry_find_disk(registry, path, &owner, NULL) == 0 && owner)
        return doctor_add(report, NULL, "second-name", path,
                          "it is another link to the disk of a distribution, as a move leaves that "
                          "was cut off",
                          err, "rm %s", path);
    if (paths_parent(&directory, path, err) < 0 ||
        registry_find_place(registry, directory, &owner, err) < 0)
        return -1;
    if (owner)
        return doctor_add(report, NULL, "second-disk", path,
                          "it lies beside the disk of a distribution that does not use it, as a "
                          "copy that was kept does",
                          err, "rm it, when %s works and nothing is missed",
                          owner->distribution_name);
    if (mount_journal_is_beside(path))
        return doctor_add(report, NULL, "orphan", path,
                          "no distribution uses this disk, and beside it lie changes of a run that "
                          "are not in it",
                          err, "lxinstall import-in-place NAME %s, then lxinstall run NAME -- true",
                          path);
    return doctor_add(report, NULL, "orphan", path, "no distribution uses this disk", err,
                      "lxinstall import-in-place NAME %s, or rm it", path);
}

/* Takes dir. */
static int files_examine(struct doctor_report *report, const struct registry *registry, DIR *dir,
                         const char *real, bool elsewhere, struct error *err)
{
    int rc = 0;
    for (int n = 0; rc == 0 && n < DOCTOR_FILES_MAX; n++) {
        AUTO_FREE char *path = NULL;
        const struct dirent *file = readdir(dir);
        if (!file)
            break;
        rc = paths_join(&path, real, file->d_name, err);
        if (rc == 0)
            rc = file_examine(report, registry, path, elsewhere, err);
    }
    closedir(dir);
    return rc;
}

int doctor_directory(struct doctor_report *report, const struct registry *registry,
                     const char *directory, struct error *err)
{
    AUTO_FREE char *real = NULL;
    if (location_canonical(&real, directory, NULL) < 0)
        return 0; /* what is wrong with it shows in its disk */
    DIR *dir = opendir(real);
    if (dir)
        return files_examine(report, registry, dir, real, false, err);
    return errno == ENOENT || errno == ENOTDIR || errno == EACCES
               ? 0
               : error_errno(err, errno, "open directory %s", real);
}

int doctor_elsewhere(struct doctor_report *report, const struct registry *registry,
                     const char *directory, struct error *err)
{
    AUTO_FREE char *real = NULL;
    if (location_canonical(&real, directory, err) < 0)
        return -1;
    DIR *dir = opendir(real);
    if (dir)
        return files_examine(report, registry, dir, real, true, err);
    return error_errno(err, errno, "open directory %s", directory);
}

int doctor_home(struct doctor_report *report, const struct registry *registry, const char *home,
                struct error *err)
{
    struct registration *owner;
    DIR *dir = opendir(home);
    if (!dir)
        return errno == ENOENT ? 0 : error_errno(err, errno, "open directory %s", home);
    int rc = 0;
    for (int n = 0; rc == 0 && n < DOCTOR_FILES_MAX; n++) {
        AUTO_FREE char *path = NULL;
        const struct dirent *file = readdir(dir);
        if (!file)
            break;
        if (file->d_name[0] == '.' || name_check(file->d_name, NULL) < 0)
            continue;
        rc = paths_join(&path, home, file->d_name, err);
        if (rc == 0)
            rc = registry_find_place(registry, path, &owner, err);
        if (rc == 0 && !owner)
            rc = doctor_directory(report, registry, path, err);
    }
    closedir(dir);
    return rc;
}
