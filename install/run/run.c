/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/run.h"

#include <unistd.h>

bool run_first_is_due(const struct run_request *request, const char *command)
{
    if (!request->registration->run_oobe || request->argv[0])
        return false;
    if (!command || (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)))
        return true;
    event_warning(request->events,
                  "the distribution's first-run command has not run: it waits for a shell on a "
                  "terminal");
    return false;
}

void run_first_failed(const struct run_request *request, int status)
{
    event_warning(request->events,
                  "the distribution's first-run command ended with %d, so no shell is started; it "
                  "runs again at the next start (a command runs without it: lxinstall run %s -- "
                  "sh)",
                  status, request->registration->distribution_name);
}

int run_first_run_done(const struct run_request *request, int64_t uid, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    if (request->ephemeral)
        return 0;
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
