/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/distribution_lock.h"

#include <stdio.h>

#include "core/paths.h"
#include "install/registry_lock.h"
#include "install/unsaved.h"

enum {
    LOCK_WAIT_MS = 1000,
};

int distribution_lock(int *lock, const struct registration *registration, enum distribution_use use,
                      struct error *err)
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
    if (registry_lock_named(lock, path, registration->distribution_name, use == DISTRIBUTION_READ,
                            LOCK_WAIT_MS, err) < 0)
        return -1;
    return use == DISTRIBUTION_RUN ? 0 : unsaved_refuse(registration, err);
}
