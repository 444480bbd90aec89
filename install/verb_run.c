/* SPDX-License-Identifier: GPL-3.0-or-later */
/* run: a command in a distribution. */
#include <string.h>

#include "core/size.h"
#include "install/disk_examine.h"
#include "install/distribution_lock.h"
#include "install/run/contract_user.h"
#include "install/run/run.h"
#include "install/verbs.h"

enum {
    MEMORY_MIN = 64 << 20,
    CPUS_MAX = 255,
};

const struct cli_option run_options[] = {
    {"user", 'u', "USER", "as this user, a name or number (default: the distribution's)"},
    {"cd", 0, "DIR", "in this directory (default: the user's home)"},
    {"env", 'e', "NAME=VALUE", "with this variable; may be repeated"},
    {"ephemeral", 0, NULL, "forget afterwards what was written to the disk"},
    {"kernel", 0, "FILE", "of the VM (default: the distribution's, else this machine's)"},
    {"memory", 0, "SIZE", "of the VM (default: half of this machine's, at most 4 GiB)"},
    {"cpus", 0, "N", "of the VM (default: this machine's, at most 8)"},
    RUNTIME_OPTIONS,
    {0},
};

static int env_read(const struct cli *cli, const char ***out, struct error *err)
{
    if (cli_values(cli, "env", out, err) < 0)
        return -1;
    for (const char **text = *out; *text; text++) {
        if (**text == '=' || !strchr(*text, '='))
            return error_set(err, ERROR_USAGE, "--env: '%s' is no NAME=VALUE", *text);
    }
    return 0;
}

static int options_read(const struct cli *cli, struct run_request *request, struct error *err)
{
    const char *cpus = cli_value(cli, "cpus");
    uint32_t n = 0;
    if (cpus && (!contract_user_number(&n, cpus) || n < 1 || n > CPUS_MAX))
        return error_set(err, ERROR_USAGE, "--cpus: '%s' is no number from 1 to %d", cpus,
                         CPUS_MAX);
    if (cli_size(cli, "memory", &request->memory_bytes, err) < 0)
        return -1;
    if (cli_value(cli, "memory") && request->memory_bytes < MEMORY_MIN)
        return error_set(err, ERROR_USAGE, "--memory: less than 64M does not start");
    request->user = cli_value(cli, "user");
    request->cwd = cli_value(cli, "cd");
    request->ephemeral = cli_flag(cli, "ephemeral");
    request->kernel = cli_value(cli, "kernel");
    request->cpus = n;
    request->argv = cli->operands + 1;
    request->events = cli->events;
    return 0;
}

/* The registry is not kept open: others may change it while the command runs. */
static int registration_read(const struct cli *cli, struct registration *out, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0 ||
        registry_get(registry, cli->operands[0], &entry, err) < 0)
        return -1;
    if (entry->state != STATE_INSTALLED)
        return error_set(err, ERROR_BUSY,
                         "%s is %s, and only an installed distribution runs; wait until that is "
                         "over; if nothing works on it, see: lxinstall doctor",
                         entry->distribution_name, registration_state_words(entry->state));
    return registration_copy(out, entry, err);
}

/* What is registered may be changed until it is locked. */
static int registration_lock(const struct cli *cli, struct registration *out, int *lock,
                             struct error *err)
{
    AUTO_REGISTRATION struct registration before = {0};
    if (registration_init(&before, err) < 0 || registration_read(cli, &before, err) < 0 ||
        distribution_lock(lock, &before, DISTRIBUTION_RUN, err) < 0 ||
        registration_init(out, err) < 0 || registration_read(cli, out, err) < 0)
        return -1;
    if (!guid_equal(&before.guid, &out->guid))
        return error_set(err, ERROR_BUSY, "%s was replaced by another process; try again",
                         cli->operands[0]);
    return 0;
}

/* What cannot be looked at is left to the backend, which says why. */
static int ntfs_check(const struct registration *registration, const char *disk, struct error *err)
{
    struct error ignored;
    enum kind holds;
    if (disk_holds(&holds, disk, &ignored) < 0 || holds == KIND_NTFS)
        return 0;
    return error_set(err, ERROR_WRONG_KIND,
                     "there is no NTFS, as a translation distribution has it, on the disk of %s: "
                     "%s; what is wrong is told by: lxinstall doctor",
                     registration->distribution_name, disk);
}

static int run(struct cli *cli, struct run_request *request, struct error *err)
{
    AUTO_REGISTRATION struct registration registration = {0};
    AUTO_FREE const char **env = NULL;
    AUTO_FREE char *disk = NULL;
    AUTO_FD int lock = -1;
    int status = 0;
    if (env_read(cli, &env, err) < 0 || options_read(cli, request, err) < 0 ||
        registration_lock(cli, &registration, &lock, err) < 0 ||
        registration_disk_there(&registration, &disk, err) < 0)
        return -1;
    bool vm = registration_wsl_version(&registration) == 2;
    if (!vm && ntfs_check(&registration, disk, err) < 0)
        return -1;
    request->registration = &registration;
    request->disk = disk;
    request->env = env;
    request->lock = lock;
    const struct run_backend *backend = vm ? &run_vm : &run_translation;
    return backend->run(request, &status, err) < 0 ? -1 : status;
}

int run_run(struct cli *cli, struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    struct run_request request = {.place = &place};
    int rc = run(cli, &request, err);
    /* The command's own statuses are left to it, but for what is no run at all. */
    if (rc < 0 && err->code != ERROR_USAGE && err->code != ERROR_BUSY)
        cli->failure_status = RUN_FAILED;
    return rc;
}
