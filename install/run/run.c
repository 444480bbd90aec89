/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/run.h"

#include <stdio.h>

#include "core/paths.h"
#include "install/registry_lock.h"

enum {
    LOCK_WAIT_MS = 1000, /* for one that is about to end */
};

int run_lock(int *lock, const struct registration *registration, struct error *err)
{
    char guid[GUID_TEXT_BYTES];
    AUTO_FREE char *state = NULL;
    AUTO_FREE char *directory = NULL;
    AUTO_FREE char *path = NULL;
    guid_format(&registration->guid, guid);
    if (paths_state(&state, err) < 0 || paths_join(&directory, state, "running", err) < 0 ||
        paths_make(directory, 0700, err) < 0)
        return -1;
    if (asprintf(&path, "%s/%s.lock", directory, guid) < 0)
        return error_no_memory(err);
    if (registry_lock(lock, path, LOCK_WAIT_MS, err) < 0)
        return error_wrap(err, "%s is in use", registration->distribution_name);
    return 0;
}

int run_first_run_done(const struct run_request *request, int64_t uid, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    if (registry_open_at(&registry, request->place, REGISTRY_WRITE, err) < 0)
        return -1;
    struct registration *entry = registry_by_guid(registry, &request->registration->guid);
    if (!entry)
        return error_set(err, ERROR_NOT_FOUND, "%s is no longer registered",
                         request->registration->distribution_name);
    entry->run_oobe = 0;
    if (uid >= 0)
        entry->default_uid = (uint32_t)uid;
    return registry_commit(registry, err);
}
