/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verbs of lxinstall: their options, and what runs them. Their rows are in lxinstall.c. */
#ifndef LXKIT_INSTALL_VERBS_H
#define LXKIT_INSTALL_VERBS_H

#include "core/cli.h"
#include "install/install_plan.h"

extern const struct cli_option install_options[];
extern const struct cli_option list_options[];
extern const struct cli_option catalog_options[];
extern const struct cli_option search_options[];
extern const struct cli_option import_options[];
extern const struct cli_option import_in_place_options[];
extern const struct cli_option export_options[];
extern const struct cli_option remove_options[];

int install_run(struct cli *cli, struct error *err);
int import_run(struct cli *cli, struct error *err);
int import_in_place_run(struct cli *cli, struct error *err);
int search_run(struct cli *cli, struct error *err);
int catalog_run(struct cli *cli, struct error *err);
int list_run(struct cli *cli, struct error *err);
int info_run(struct cli *cli, struct error *err);
int export_run(struct cli *cli, struct error *err);
int set_default_run(struct cli *cli, struct error *err);
int unregister_run(struct cli *cli, struct error *err);
int remove_run(struct cli *cli, struct error *err);

/* For verbs with --dry-run: prints the plan, or carries it out and tells what came of it. */
int verb_plan_run(const struct cli *cli, const struct install_plan *plan,
                  struct error *err) MUST_CHECK;
/* Prints what there is to install: all, or what has the word; own as in manifest_visit(). */
int verb_offers(const struct cli *cli, const char *own, const char *word,
                struct error *err) MUST_CHECK;
/* For verbs with --wsl-version: refuses what cannot be made. */
int verb_wsl_version_check(const struct cli *cli, struct error *err) MUST_CHECK;

#endif
