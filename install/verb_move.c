/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Verbs that give a distribution another name or place, or a twin. */
#include "install/clone.h"
#include "install/move.h"
#include "install/verbs.h"

int rename_run(struct cli *cli, struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    if (rename_distribution(&place, cli->operands[0], cli->operands[1], err) < 0)
        return -1;
    cli_say(cli, "%s is called %s now", cli->operands[0], cli->operands[1]);
    return 0;
}

int move_run(struct cli *cli, struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    const char *name = cli->operands[0], *directory = cli->operands[1];
    enum move_result result;
    if (move_distribution(&result, &place, name, directory, cli->events, err) < 0)
        return -1;
    cli_say(cli, result == MOVE_NOTHING ? "%s is in %s already" : "%s is in %s now", name,
            directory);
    return 0;
}

const struct cli_option clone_options[] = {
    {"reset-identity", 0, NULL, "leave machine-id and SSH host keys behind"},
    RUNTIME_OPTIONS,
    {0},
};

int clone_run(struct cli *cli, struct error *err)
{
    const struct registry_place place = verb_registry_place(cli);
    const struct clone_request request = {
        .name = cli->operands[0],
        .new_name = cli->operands[1],
        .directory = cli->n_operands > 2 ? cli->operands[2] : NULL,
        .reset_identity = cli_flag(cli, "reset-identity"),
    };
    if (clone_distribution(&place, &request, cli->events, err) < 0)
        return -1;
    cli_say(cli, "%s is a clone of %s", request.new_name, request.name);
    return 0;
}
