/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "install/export.h"
#include "install/registry.h"
#include "install/verbs.h"

const struct cli_option export_options[] = {
    {"vhd", 0, NULL, "copy the disk; OUT must end in .vhdx"},
    {"strict", 0, NULL, "refuse, before writing, what an archive cannot hold"},
    {"report", 0, "FILE", "list what an archive does not hold in FILE, as JSON lines"},
    {"no-sidecar", 0, NULL, "leave settings out: no OUT.lxkit.json, and nothing added to a .wsl"},
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"},
    RUNTIME_OPTIONS,
    {0},
};

int export_run(struct cli *cli, struct error *err)
{
    const char *name = cli->operands[0];
    const struct export_request request = {
        .out = cli->operands[1],
        .vhd = cli_flag(cli, "vhd"),
        .no_sync = cli_flag(cli, "no-sync"),
        .no_sidecar = cli_flag(cli, "no-sidecar"),
        .strict = cli_flag(cli, "strict"),
        .report = cli_value(cli, "report"),
    };
    AUTO_REGISTRY struct registry *registry = NULL;
    struct registration *entry;
    if (verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0 ||
        registry_get(registry, name, &entry, err) < 0 ||
        export_distribution(entry, &request, cli->events, err) < 0)
        return -1;
    if (strcmp(request.out, "-") != 0)
        cli_say(cli, "%s is exported to %s", entry->distribution_name, request.out);
    return 0;
}
