/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The registry that a verb works on. */
#include "install/registry.h"
#include "install/verbs.h"

const struct cli_option runtime_options[] = {
    RUNTIME_OPTIONS,
    {0},
};

struct registry_place verb_registry_place(const struct cli *cli)
{
    return (struct registry_place){
        .runtime = cli_value(cli, "runtime"),
        .hive = cli_value(cli, "hive"),
        .windows_root = cli_value(cli, "windows-root"),
    };
}

int verb_registry_open(const struct cli *cli, struct registry **out, enum registry_access access,
                       struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    if (registry_open_at(out, &place, access, err) < 0)
        return -1;
    if (cli->verbose)
        cli_say(cli, "The runtime is %s: %s", (*out)->driver->name, (*out)->why);
    return 0;
}
