/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxfetch verify: proves where a file of this machine comes from. */
#ifndef LXKIT_FETCH_VERB_VERIFY_H
#define LXKIT_FETCH_VERB_VERIFY_H

#include "core/cli.h"

extern const struct cli_option verify_options[];
int verify_run(struct cli *cli, struct error *err);

#endif
