/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/unsaved.h"

#include <stdio.h>
#include <unistd.h>

int unsaved_path(const struct registration *registration, char **out, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    *out = NULL;
    if (registration_disk(registration, &disk, err) < 0)
        return -1;
    if (asprintf(out, "%s.journal", disk) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

bool unsaved_is_there(const struct registration *registration)
{
    AUTO_FREE char *path = NULL;
    struct error ignored;
    return unsaved_path(registration, &path, &ignored) == 0 && access(path, F_OK) == 0;
}

int unsaved_refuse(const struct registration *registration, struct error *err)
{
    if (!unsaved_is_there(registration))
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "a run of %s did not end well, and what it changed is not in its disk yet; "
                     "save that first: lxinstall run %s -- true",
                     registration->distribution_name, registration->distribution_name);
}
