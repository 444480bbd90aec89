/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "install/install_plan.h"
#include "install/registry.h"
#include "install/verb_provision.h"
#include "install/verbs.h"

const struct cli_option install_options[] = {
    {"name", 'n', "NAME", "register it under this name"},
    {"location", 0, "DIR", "put the disk there"},
    {"size", 0, "SIZE", "size of the disk, as 64G (default: 1T; space is taken as it fills)"},
    {"set-default", 0, NULL, "make it the default distribution"},
    {"sha256", 0, "HEX", "the SHA-256 that the file must have"},
    {"sums", 0, "LIST", "a checksum list that holds the file, clearsigned or with --sig"},
    {"sig", 0, "SIGNATURE", "the detached signature of LIST, or of the file itself"},
    {"sums-name", 0, "NAME", "what LIST calls the file (default: its own name)"},
    {"keyring", 0, "KEYFILE", "accept the keys of this file in place of those at hand"},
    {"key", 0, "FINGERPRINT", "accept this key alone (may be repeated)"},
    {"insecure-skip-verify", 0, NULL, "verify nothing, and keep a record of that"},
    {"manifest", 'm', "FILE", "look NAME up in this manifest first"},
    {"release", 'r', "RELEASE", "that release, and not the first one in the manifest"},
    {"arch", 'a', "ARCH", "for that architecture, and not this machine's"},
    {"offline", 0, NULL, "use the cache and local files only"},
    MAKING_OPTIONS,
    {0},
};

/* A word that is neither a verb nor anything to install may be a verb mistyped. */
static int not_planned(const struct cli *cli, struct error *err)
{
    const char *word = cli->operands[0];
    const char *verb = cli->implied && err->code == ERROR_NOT_FOUND && !strchr(word, '/')
                           ? cli_verb_near(cli->program, word)
                           : NULL;
    if (verb)
        error_wrap(err, "there is no verb '%s', did you mean '%s'? And install finds nothing", word,
                   verb);
    return -1;
}

int install_run(struct cli *cli, struct error *err)
{
    AUTO_FREE const char **keys = NULL;
    if (cli_values(cli, "key", &keys, err) < 0)
        return -1;
    struct install_request request = {
        .operand = cli->operands[0],
        .name = cli_value(cli, "name"),
        .location = cli_value(cli, "location"),
        .proof = {.sha256 = cli_value(cli, "sha256"),
                  .sums = cli_value(cli, "sums"),
                  .signature = cli_value(cli, "sig"),
                  .sums_name = cli_value(cli, "sums-name"),
                  .keyring = cli_value(cli, "keyring"),
                  .keys = keys,
                  .skip = cli_flag(cli, "insecure-skip-verify")},
        .manifest = cli_value(cli, "manifest"),
        .release = cli_value(cli, "release"),
        .architecture = cli_value(cli, "arch"),
        .set_default = cli_flag(cli, "set-default"),
        .offline = cli_flag(cli, "offline"),
        .no_sync = cli_flag(cli, "no-sync"),
    };
    AUTO_VERB_PROVISION struct verb_provision wishes = {0};
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_INSTALL_PLAN struct install_plan *plan = NULL;
    if (verb_backend(cli, &request.backend, err) < 0 ||
        cli_size(cli, "size", &request.size, err) < 0 ||
        verb_provision_read(&wishes, cli, request.operand, err) < 0 ||
        verb_registry_open(cli, &registry, REGISTRY_READ, err) < 0)
        return -1;
    if (!request.name && wishes.sidecar.found)
        request.name = wishes.sidecar.settings.distribution_name;
    if (install_plan(&plan, &request, registry, err) < 0)
        return not_planned(cli, err);
    return verb_provision_plan(&wishes, cli, plan, err) < 0 ? -1 : verb_plan_run(cli, plan, err);
}
