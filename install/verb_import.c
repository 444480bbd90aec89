/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/import_plan.h"
#include "install/registry.h"
#include "install/verb_provision.h"
#include "install/verbs.h"

/* ---- import ---- */

const struct cli_option import_options[] = {
    {"vhd", 0, NULL, "FILE must be a disk; standard input is a VHDX"},
    {"size", 0, "SIZE",
     "size of the disk, as 64G (default: 1T); a disk that is copied has its own"},
    {"set-default", 0, NULL, "make it the default distribution"},
    MAKING_OPTIONS,
    {0},
};

int import_run(struct cli *cli, struct error *err)
{
    struct import_request request = {
        .name = cli->operands[0],
        .location = cli->operands[1],
        .file = cli->operands[2],
        .vhd = cli_flag(cli, "vhd"),
        .set_default = cli_flag(cli, "set-default"),
        .no_sync = cli_flag(cli, "no-sync"),
    };
    AUTO_VERB_PROVISION struct verb_provision wishes = {0};
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
    if (verb_backend(cli, &request.backend, err) < 0 ||
        cli_size(cli, "size", &request.size, err) < 0 ||
        verb_provision_read(&wishes, cli, request.file, err) < 0 ||
        verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0 ||
        import_plan(&plan, &request, registry, err) < 0 ||
        verb_provision_plan(&wishes, cli, plan, err) < 0)
        return -1;
    return verb_plan_run(cli, plan, err);
}

/* ---- import-in-place ---- */

const struct cli_option import_in_place_options[] = {
    {"set-default", 0, NULL, "make it the default distribution"},
    ENVIRONMENT_OPTION,
    SIDECAR_OPTION,
    {"dry-run", 0, NULL, "show what would be done, and do nothing"},
    RUNTIME_OPTIONS,
    {0},
};

int import_in_place_run(struct cli *cli, struct error *err)
{
    const struct import_in_place_request request = {
        .name = cli->operands[0],
        .file = cli->operands[1],
        .set_default = cli_flag(cli, "set-default"),
    };
    AUTO_VERB_PROVISION struct verb_provision wishes = {0};
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
    if (verb_provision_sidecar(&wishes, cli, request.file, err) < 0 ||
        verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0 ||
        import_plan_in_place(&plan, &request, registry, err) < 0 ||
        verb_provision_plan(&wishes, cli, plan, err) < 0)
        return -1;
    return verb_plan_run(cli, plan, err);
}
