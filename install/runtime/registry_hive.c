/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of a Windows that does not run: the key Lxss in a user's hive, NTUSER.DAT.
 *
 *     Software\Microsoft\Windows\CurrentVersion\Lxss
 *         DefaultDistribution    REG_SZ    {guid}
 *         {guid}                           DistributionName, BasePath, State, ... (registration.h)
 *
 * One key that lacks a value breaks every distribution of that user, so that a hive is changed as a
 * whole: in memory, read back, and put in the place of the old one. Values that stay what they are
 * are not written at all. Source: microsoft/WSL DistributionRegistration.cpp, registry.cpp. */
#include <errno.h>
#include <stdio.h>

#include "core/paths.h"
#include "install/runtime/apart.h"
#include "install/runtime/hive.h"
#include "install/runtime/windows_path.h"
#include "install/text.h"

/* Reads the new hive back; what is in it becomes what is stored. */
static int prove(const struct registry *self, int fd, struct registry *found, struct error *err)
{
    if (hive_read(found, self, fd, err) < 0)
        return -1;
    bool same = found->n == self->n && guid_equal(&found->default_guid, &self->default_guid);
    for (size_t i = 0; same && i < self->n; i++) {
        struct registration *entry = &self->entries[i];
        struct registration *other = registry_by_guid(found, &entry->guid);
        for (size_t k = 0; other && k < REGISTRATION_VALUES; k++) {
            if (!registration_same(entry, other, &registration_values[k]))
                same = false;
        }
        same = same && other;
    }
    return same ? 0
                : error_set(err, ERROR_INTERNAL,
                            "%s: what was made does not read back equal, and was dropped; the hive "
                            "is unchanged: please report this",
                            self->path);
}

struct making {
    const struct registry *self;
    int fd; /* where the new hive goes */
};

/* hivex reads damaged hives well, but ends the program over some of them when it changes them. */
static int make(void *argument, struct error *err)
{
    const struct making *making = argument;
    const struct registry *self = making->self;
    const struct hive *hive = self->state;
    AUTO_HIVEX hive_h *h = NULL;
    char path[HIVE_PATH_BYTES];
    if (hive_begin(&h, self, hive->file.copy, HIVEX_OPEN_WRITE, err) < 0 ||
        hive_write(self, h, err) < 0)
        return -1;
    return hivex_commit(h, hive_fd_path(making->fd, path), 0) < 0 ? hive_failed(self, errno, err)
                                                                  : 0;
}

static int hive_commit(struct registry *self, struct error *err)
{
    struct hive *hive = self->state;
    AUTO_FD int fd = -1;
    CLEANUP(registry_clear) struct registry found = {0};
    if (hive_file_new(&fd, err) < 0)
        return -1;
    struct making making = {.self = self, .fd = fd};
    if (apart_run(make, &making, self->path, err) < 0)
        return -1;
    if (prove(self, fd, &found, err) < 0 || hive_file_replace(&hive->file, &fd, err) < 0)
        return -1;
    registry_clear(&hive->stored);
    hive->stored = found;
    found = (struct registry){0};
    return 0;
}

/* ---- the driver ---- */

static int hive_open(struct registry *self, struct error *err)
{
    struct hive *hive = calloc(1, sizeof(*hive));
    if (!hive)
        return error_no_memory(err);
    hive->file.lock = hive->file.copy = -1;
    self->state = hive;
    if (!self->place.hive)
        return error_set(err, ERROR_USAGE,
                         "which hive? give the user's NTUSER.DAT with --hive FILE");
    if (!self->place.windows_root)
        return error_set(err, ERROR_USAGE,
                         "give the directory where drive C: of that Windows is mounted with "
                         "--windows-root DIR");
    if (windows_root_open(&hive->windows_root, self->place.windows_root, err) < 0 ||
        hive_file_open(&hive->file, self->place.hive, self->writable, err) < 0 ||
        text_set(&self->path, hive->file.path, err) < 0 ||
        hive_read(self, self, hive->file.copy, err) < 0)
        return -1;
    return self->writable ? registry_copy(&hive->stored, self, err) : 0;
}

static void hive_close(struct registry *self)
{
    struct hive *hive = self->state;
    if (!hive)
        return;
    hive_file_close(&hive->file);
    registry_clear(&hive->stored);
    free(hive->windows_root);
    free(hive);
}

/* Where Windows' own installer puts them; the profile is the directory of the hive. */
static int hive_home(const struct registry *self, const char *name, char **out, struct error *err)
{
    const struct hive *hive = self->state;
    AUTO_FREE char *profile = NULL, *there = NULL, *windows = NULL;
    if (paths_parent(&profile, hive->file.path, err) < 0)
        return -1;
    if (asprintf(&there, "%s/AppData/Local/wsl/%s", profile, name) < 0) {
        there = NULL;
        return error_no_memory(err);
    }
    if (windows_path_of(&windows, hive->windows_root, there, err) < 0)
        return error_wrap(err, "no place follows from the hive's (give one with --location)");
    *out = steal(&there);
    return 0;
}

static int hive_check_place(const struct registry *self, const char *base_path, struct error *err)
{
    const struct hive *hive = self->state;
    AUTO_FREE char *windows = NULL;
    return windows_path_of(&windows, hive->windows_root, base_path, err);
}

const struct registry_driver registry_hive = {
    .name = "hive",
    .open = hive_open,
    .commit = hive_commit,
    .close = hive_close,
    .home = hive_home,
    .check_place = hive_check_place,
};
