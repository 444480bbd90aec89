/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/verb_provision.h"

#include <string.h>

#include "install/default_environment.h"

int verb_provision_sidecar(struct verb_provision *out, const struct cli *cli, const char *file,
                           struct error *err)
{
    if (cli_flag(cli, "no-sidecar") || strcmp(file, "-") == 0)
        return 0;
    return sidecar_read(&out->sidecar, file, cli->events, err);
}

int verb_provision_read(struct verb_provision *out, const struct cli *cli, const char *file,
                        struct error *err)
{
    out->keep_first_run = cli_flag(cli, "keep-first-run");
    out->skip_first_run = cli_flag(cli, "skip-first-run");
    if (out->keep_first_run && out->skip_first_run)
        return error_set(err, ERROR_USAGE,
                         "--keep-first-run and --skip-first-run exclude each "
                         "other");
    if (provision_options(&out->provision, &out->lists, cli, err) < 0)
        return -1;
    return verb_provision_sidecar(out, cli, file, err);
}

/* What is asked for comes on top of what came with the file. */
static int environment_read(struct verb_provision *self, const struct cli *cli,
                            struct install_plan *plan, struct error *err)
{
    const char *variable;
    if (plan->sidecar && plan->sidecar->settings.default_environment.given)
        plan->default_environment = &plan->sidecar->settings.default_environment;
    if (!cli_value(cli, "default-env"))
        return 0;
    if (plan->default_environment &&
        registration_list_copy(&self->environment, plan->default_environment, err) < 0)
        return -1;
    for (size_t i = 0; (variable = cli_value_at(cli, "default-env", i)); i++) {
        if (default_environment_set(&self->environment, variable, err) < 0)
            return error_wrap(err, "--default-env");
    }
    plan->default_environment = &self->environment;
    return 0;
}

int verb_provision_plan(struct verb_provision *self, const struct cli *cli,
                        struct install_plan *plan, struct error *err)
{
    bool asked = provision_asked(&self->provision);
    if (asked && plan->method != METHOD_BUILD)
        return error_set(err, ERROR_USAGE,
                         "%s: a disk is copied as it is, with nothing changed in it; make a new "
                         "disk of its files: lxinstall install %s --name %s",
                         plan->source_shown, plan->source_shown, plan->name);
    if (self->sidecar.found && plan->origin == ORIGIN_FILE) {
        plan->sidecar = &self->sidecar;
        plan->first_run = self->sidecar.settings.run_oobe;
        cli_say(cli, "The settings in %s are used", self->sidecar.path);
    }
    if (environment_read(self, cli, plan, err) < 0)
        return -1;
    if (self->provision.user)
        plan->first_run = false;
    if (self->keep_first_run || self->skip_first_run)
        plan->first_run = self->keep_first_run;
    plan->provision = self->provision;
    plan->provision.uid = &plan->default_uid;
    return 0;
}

void verb_provision_free(struct verb_provision *self)
{
    provision_lists_free(&self->lists);
    texts_free(&self->environment.texts);
    sidecar_free(&self->sidecar);
}
