/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxfetch keys list, add, remove: the keys that may vouch for a file. */
#ifndef LXKIT_FETCH_VERB_KEYS_H
#define LXKIT_FETCH_VERB_KEYS_H

#include "core/cli.h"

extern const struct cli_option keys_options[];
int keys_run(struct cli *cli, struct error *err);

#endif
