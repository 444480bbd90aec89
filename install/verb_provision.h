/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verbs that bring a distribution do to it on the way: the options of provisioning, and the
 * settings that lie beside a file. */
#ifndef LXKIT_INSTALL_VERB_PROVISION_H
#define LXKIT_INSTALL_VERB_PROVISION_H

#include "core/cli.h"
#include "image/image.h"
#include "install/install_plan.h"
#include "install/sidecar.h"
#include "install/verbs.h"

/* Rows of a table of struct cli_option; verb_provision_plan() wants the first. */
/* clang-format off */
#define ENVIRONMENT_OPTION \
    {"default-env", 0, "NAME=VALUE", "a variable that its commands find; may be repeated"}
#define SIDECAR_OPTION \
    {"no-sidecar", 0, NULL, "leave alone the settings in FILE.lxkit.json"}
/* Of every verb that makes a distribution out of a file. */
#define MAKING_OPTIONS \
    PROVISION_OPTIONS, \
    {"keep-first-run", 0, NULL, "the distribution's first-run command is still to come"}, \
    {"skip-first-run", 0, NULL, "it is not (default with --user)"}, \
    ENVIRONMENT_OPTION, \
    SIDECAR_OPTION, \
    BACKEND_OPTIONS, \
    {"no-sync", 0, NULL, "leave out flushing (benchmarks, throw-away CI)"}, \
    {"dry-run", 0, NULL, "show what would be done, and do nothing"}, \
    RUNTIME_OPTIONS
/* clang-format on */

struct verb_provision {
    struct provision provision;
    struct provision_lists lists;
    struct sidecar sidecar;
    struct registration_list environment;
    bool keep_first_run, skip_first_run;
};

/* Reads options, and what lies beside file. verb_provision_free() in any case, after the plan was
 * used. */
int verb_provision_read(struct verb_provision *out, const struct cli *cli, const char *file,
                        struct error *err) MUST_CHECK;
/* The same for a verb that takes a disk as it is, and has SIDECAR_OPTION alone. */
int verb_provision_sidecar(struct verb_provision *out, const struct cli *cli, const char *file,
                           struct error *err) MUST_CHECK;
/* Puts it into the plan, which borrows it. USAGE where a disk is taken as it is. */
int verb_provision_plan(struct verb_provision *self, const struct cli *cli,
                        struct install_plan *plan, struct error *err) MUST_CHECK;
void verb_provision_free(struct verb_provision *self);

#define AUTO_VERB_PROVISION CLEANUP(verb_provision_free)

#endif
