/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What verbs that bring a distribution do to it on the way: the options of provisioning, and the
 * settings that lie beside a file. */
#ifndef LXKIT_INSTALL_VERB_PROVISION_H
#define LXKIT_INSTALL_VERB_PROVISION_H

#include "core/cli.h"
#include "image/image.h"
#include "install/install_plan.h"
#include "install/sidecar.h"

/* Rows of a table of struct cli_option; those of provisioning go with the first two. */
/* clang-format off */
#define FIRST_RUN_OPTIONS \
    {"keep-first-run", 0, NULL, "the distribution's first-run command is still to come"}, \
    {"skip-first-run", 0, NULL, "it is not (default with --user)"}
#define SIDECAR_OPTION \
    {"no-sidecar", 0, NULL, "leave alone the settings in FILE.lxkit.json"}
/* clang-format on */

struct verb_provision {
    struct provision provision;
    struct provision_lists lists;
    struct sidecar sidecar;
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
