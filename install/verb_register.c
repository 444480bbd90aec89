/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb that makes a disk known to a runtime, here or on another machine. */
#include <unistd.h>

#include "install/registry.h"
#include "install/runtime/register.h"
#include "install/runtime/script.h"
#include "install/verbs.h"

const struct cli_option register_options[] = {
    {"set-default", 0, NULL, "make it the default distribution"},
    {"write-reg", 0, "FILE", "register nothing here: write a .reg file for another machine"},
    {"write-ps1", 0, "FILE", "likewise a PowerShell script, which also attaches an NTFS disk"},
    {"windows-dir", 0, "DIR", "where the disk lies on that machine, as 'C:\\wsl\\lab'"},
    RUNTIME_OPTIONS,
    {0},
};

/* ---- for another machine ---- */

/* The option that does not go with files; NULL: none. */
static const char *runtime_option(const struct cli *cli)
{
    static const char *const names[] = {"runtime", "hive", "windows-root"};
    for (size_t i = 0; i < array_length(names); i++) {
        if (cli_value(cli, names[i]))
            return names[i];
    }
    return NULL;
}

static int write_files(const struct cli *cli, const struct register_subject *subject,
                       struct error *err)
{
    const char *reg = cli_value(cli, "write-reg"), *ps1 = cli_value(cli, "write-ps1");
    const char *option = runtime_option(cli);
    const struct script_request request = {
        .subject = subject,
        .directory = cli_value(cli, "windows-dir"),
        .set_default = cli_flag(cli, "set-default"),
    };
    if (option)
        return error_set(err, ERROR_USAGE,
                         "--%s is for a Windows that is at hand, and --%s for one that is not; "
                         "leave one out",
                         option, reg ? "write-reg" : "write-ps1");
    if (reg && script_write_reg(reg, &request, err) < 0)
        return -1;
    if (ps1 && script_write_ps1(ps1, &request, err) < 0) {
        if (reg)
            unlink(reg);
        return -1;
    }
    if (reg)
        cli_say(cli, "On that machine, with the disk in %s: reg import %s", request.directory, reg);
    if (ps1)
        cli_say(cli,
                "On that machine, with the disk %s: powershell -ExecutionPolicy Bypass -File %s",
                request.directory ? "in its place" : "beside the script", ps1);
    return 0;
}

/* ---- here ---- */

static int enter(const struct cli *cli, const struct register_subject *subject, struct error *err)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    const struct registration *entry;
    if (cli_value(cli, "windows-dir"))
        return error_set(err, ERROR_USAGE,
                         "--windows-dir goes with --write-reg and --write-ps1; leave it out");
    if (verb_registry_open(cli, &registry, REGISTRY_WRITE, err) < 0 ||
        register_enter(registry, subject, cli_flag(cli, "set-default"), err) < 0)
        return -1;
    entry = registry_find(registry, subject->entry.distribution_name);
    cli_say(cli, "%s is registered%s", subject->entry.distribution_name,
            entry && registry_default(registry) == entry ? " and is the default" : "");
    return 0;
}

int register_run(struct cli *cli, struct error *err)
{
    AUTO_REGISTER_SUBJECT struct register_subject subject = {0};
    AUTO_REGISTRY struct registry *known = NULL;
    const char *name = cli->operands[0], *path = cli->n_operands > 1 ? cli->operands[1] : NULL;
    if ((!path && registry_open(&known, "local", REGISTRY_READ, err) < 0) ||
        register_subject(&subject, name, path, known, err) < 0)
        return -1;
    bool files = cli_value(cli, "write-reg") || cli_value(cli, "write-ps1");
    return files ? write_files(cli, &subject, err) : enter(cli, &subject, err);
}
