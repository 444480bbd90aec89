/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/provision/provision_options.h"

#include <stdlib.h>

#include "core/cli.h"

/* All values of an option, up to a NULL; malloc'd. */
static int values_list(const char ***out, const struct cli *cli, const char *name,
                       struct error *err)
{
    size_t n = 0;
    while (cli_value_at(cli, name, n))
        n++;
    const char **values = calloc(n + 1, sizeof(*values));
    if (!values)
        return error_no_memory(err);
    for (size_t i = 0; i < n; i++)
        values[i] = cli_value_at(cli, name, i);
    *out = values;
    return 0;
}

int provision_options(struct provision *out, struct provision_lists *lists, const struct cli *cli,
                      struct error *err)
{
    *lists = (struct provision_lists){0};
    if (values_list(&lists->ssh_keys, cli, "ssh-key", err) < 0 ||
        values_list(&lists->wsl_conf, cli, "wsl-conf", err) < 0 ||
        values_list(&lists->copies, cli, "copy", err) < 0)
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
