/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry of the Windows around us, from inside WSL.
 *
 * Reading: reg.exe exports the key Lxss, which has everything and is exact; wsl.exe tells which
 * distributions run. Changing: wsl.exe does it, as it checks what it registers and gives access to
 * it; what it has no option for, reg.exe imports. The service reads its registry at each call. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/paths.h"
#include "install/registry.h"
#include "install/registry_lock.h"
#include "install/runtime/wsl_change.h"
#include "install/runtime/wsl_exe.h"
#include "install/runtime/wsl_read.h"
#include "install/text.h"

struct wsl {
    int lock;
    struct registry stored; /* as Windows had it, to tell what changed */
    struct guid retired;    /* one that the user wants to be deleted with its files */
};

static struct registration *stored_of(const struct wsl *wsl, const struct registration *entry)
{
    return registry_by_guid(&wsl->stored, &entry->guid);
}

/* ---- committing ---- */

static int take_away(struct registry *self, struct error *err)
{
    struct wsl *wsl = self->state;
    for (size_t i = 0; i < wsl->stored.n; i++) {
        const struct registration *old = &wsl->stored.entries[i];
        bool keep_files = !guid_equal(&old->guid, &wsl->retired);
        if (!registry_by_guid(self, &old->guid) && wsl_unregister(old, keep_files, err) < 0)
            return -1;
    }
    return 0;
}

static int retire(struct registry *self, struct error *err)
{
    struct wsl *wsl = self->state;
    for (size_t i = 0; i < self->n; i++) {
        const struct registration *entry = &self->entries[i];
        if (entry->state != STATE_UNINSTALLING || !stored_of(wsl, entry))
            continue;
        if (wsl_stop(entry, err) < 0)
            return -1;
        wsl->retired = entry->guid;
    }
    return 0;
}

/* wsl.exe chooses the GUID; the entry gets it when it is read back. */
static int bring(struct registry *self, struct error *err)
{
    struct wsl *wsl = self->state;
    bool any = false;
    for (size_t i = 0; i < self->n; i++) {
        if (stored_of(wsl, &self->entries[i]))
            continue;
        if (wsl_register(&self->entries[i], err) < 0)
            return -1;
        any = true;
    }
    if (!any)
        return 0;
    registry_clear(&wsl->stored);
    if (wsl_read(&wsl->stored, err) < 0)
        return -1;
    for (size_t i = 0; i < self->n; i++) {
        struct registration *entry = &self->entries[i];
        const struct registration *now = registry_find(&wsl->stored, entry->distribution_name);
        if (stored_of(wsl, entry))
            continue;
        if (!now)
            return error_set(err, ERROR_IO,
                             "wsl.exe registered %s, and it is not in the registry; look with: "
                             "wsl.exe --list --verbose",
                             entry->distribution_name);
        if (guid_equal(&self->default_guid, &entry->guid))
            self->default_guid = now->guid;
        entry->guid = now->guid;
        /* What wsl.exe found out about it is right. */
        entry->state = now->state;
        entry->version = now->version;
        entry->modern = now->modern;
    }
    return 0;
}

static int wsl_commit(struct registry *self, struct error *err)
{
    struct wsl *wsl = self->state;
    if (retire(self, err) < 0 || take_away(self, err) < 0 || bring(self, err) < 0)
        return -1;
    for (size_t i = 0; i < self->n; i++) {
        if (wsl_put_values(&self->entries[i], stored_of(wsl, &self->entries[i]), err) < 0)
            return -1;
    }
    const struct registration *chosen = registry_default(self);
    if (chosen && chosen->state != STATE_UNINSTALLING &&
        !guid_equal(&self->default_guid, &wsl->stored.default_guid) &&
        wsl_set_default(chosen->distribution_name, err) < 0)
        return -1;
    registry_clear(&wsl->stored);
    return registry_copy(&wsl->stored, self, err);
}

/* ---- the driver ---- */

static int wsl_open(struct registry *self, struct error *err)
{
    struct wsl *wsl = calloc(1, sizeof(*wsl));
    AUTO_FREE char *data = NULL, *lock = NULL;
    if (!wsl)
        return error_no_memory(err);
    wsl->lock = -1;
    self->state = wsl;
    if (wsl_check(err) < 0 || text_set(&self->path, "the registry of Windows", err) < 0)
        return -1;
    if (self->writable && (paths_data(&data, err) < 0 || paths_make(data, 0700, err) < 0 ||
                           paths_join(&lock, data, "wsl.lock", err) < 0 ||
                           registry_lock(&wsl->lock, lock, REGISTRY_LOCK_WAIT_MS, err) < 0))
        return -1;
    if (wsl_read(self, err) < 0)
        return -1;
    return self->writable ? registry_copy(&wsl->stored, self, err) : 0;
}

static void wsl_close(struct registry *self)
{
    struct wsl *wsl = self->state;
    if (!wsl)
        return;
    registry_clear(&wsl->stored);
    cleanup_fd(&wsl->lock);
    free(wsl);
}

static int wsl_check_place(const struct registry *self UNUSED, const char *base_path,
                           struct error *err)
{
    AUTO_FREE char *windows = NULL;
    return wsl_windows_path(&windows, base_path, err);
}

const struct registry_driver registry_wsl = {
    .name = "wsl",
    .open = wsl_open,
    .commit = wsl_commit,
    .close = wsl_close,
    .home = wsl_home,
    .check_place = wsl_check_place,
};
