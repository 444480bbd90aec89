/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision_options.h"

#include <stdlib.h>

#include "core/cli.h"

int provision_options(struct provision *out, struct provision_lists *lists, const struct cli *cli,
                      struct error *err)
{
    *lists = (struct provision_lists){0};
    if (cli_values(cli, "ssh-key", &lists->ssh_keys, err) < 0 ||
        cli_values(cli, "wsl-conf", &lists->wsl_conf, err) < 0 ||
        cli_values(cli, "copy", &lists->copies, err) < 0)
        return -1;
    *out = (struct provision){
        .user = cli_value(cli, "user"),
        .password_hash = cli_value(cli, "password-hash"),
        .ssh_keys = lists->ssh_keys,
        .sudo = cli_flag(cli, "sudo"),
        .link_home = cli_value(cli, "link-home"),
        .hostname = cli_value(cli, "hostname"),
        .wsl_conf = lists->wsl_conf,
        .copies = lists->copies,
    };
    return epoch_get(&out->now, err) < 0 ? -1 : provision_check(out, cli->events, err);
}

void provision_lists_free(struct provision_lists *lists)
{
    free(lists->ssh_keys);
    free(lists->wsl_conf);
    free(lists->copies);
}
