/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verbs of lxinstall: their options, and what runs them. Their rows are in lxinstall.c. */
#ifndef LXKIT_INSTALL_VERBS_H
#define LXKIT_INSTALL_VERBS_H

#include "core/cli.h"
#include "install/backend.h"
#include "install/install_plan.h"
#include "install/registry.h"

/* clang-format off */
/* Of every verb that makes a distribution. */
#define BACKEND_OPTIONS \
    {"backend", 0, "NAME", "vm, a disk that a VM starts (default), or translation"}, \
    {"wsl-version", 0, "N", "the same as WSL counts: 2 or 1"}
/* clang-format on */

/* Of every verb that reads or changes what is registered. */
#define RUNTIME_OPTIONS                                                                      \
    {"runtime", 0, "NAME", "whose distributions: auto, local, hive or wsl (default: auto)"}, \
        {"hive", 0, "FILE", "those of a Windows that does not run: a user's NTUSER.DAT"},    \
    {                                                                                        \
        "windows-root", 0, "DIR", "where drive C: of that Windows is mounted"                \
    }

extern const struct cli_option install_options[];
extern const struct cli_option list_options[];
extern const struct cli_option catalog_options[];
extern const struct cli_option search_options[];
extern const struct cli_option import_options[];
extern const struct cli_option import_in_place_options[];
extern const struct cli_option export_options[];
extern const struct cli_option remove_options[];
extern const struct cli_option clone_options[];
extern const struct cli_option convert_options[];
extern const struct cli_option doctor_options[];
extern const struct cli_option register_options[];
extern const struct cli_option run_options[];
extern const struct cli_option runtime_options[]; /* only those */

int install_run(struct cli *cli, struct error *err);
int import_run(struct cli *cli, struct error *err);
int import_in_place_run(struct cli *cli, struct error *err);
int search_run(struct cli *cli, struct error *err);
int catalog_run(struct cli *cli, struct error *err);
int list_run(struct cli *cli, struct error *err);
int info_run(struct cli *cli, struct error *err);
int export_run(struct cli *cli, struct error *err);
int move_run(struct cli *cli, struct error *err);
int clone_run(struct cli *cli, struct error *err);
int convert_run(struct cli *cli, struct error *err);
int rename_run(struct cli *cli, struct error *err);
int doctor_run(struct cli *cli, struct error *err);
int set_default_run(struct cli *cli, struct error *err);
int run_run(struct cli *cli, struct error *err);
int register_run(struct cli *cli, struct error *err);
int unregister_run(struct cli *cli, struct error *err);
int remove_run(struct cli *cli, struct error *err);

/* Where RUNTIME_OPTIONS say that the registry is. */
struct registry_place verb_registry_place(const struct cli *cli);
/* Opens that, and under --verbose says which runtime it is and why. */
int verb_registry_open(const struct cli *cli, struct registry **out, enum registry_access access,
                       struct error *err) MUST_CHECK;
/* For verbs with --dry-run: prints the plan, or carries it out and tells what came of it. */
int verb_plan_run(const struct cli *cli, const struct install_plan *plan,
                  struct error *err) MUST_CHECK;
/* Prints what there is to install: all, or what has the word; own as in manifest_visit(). */
int verb_offers(const struct cli *cli, const char *own, const char *word,
                struct error *err) MUST_CHECK;
/* What --backend and --wsl-version say; *out is NULL where they are not given. */
int verb_backend(const struct cli *cli, const struct backend **out, struct error *err) MUST_CHECK;

#endif
