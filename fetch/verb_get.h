/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxfetch get: a file into the cache. */
#ifndef LXKIT_FETCH_VERB_GET_H
#define LXKIT_FETCH_VERB_GET_H

#include "core/cli.h"

extern const struct cli_option get_options[];
int get_run(struct cli *cli, struct error *err);

#endif
