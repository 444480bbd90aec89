/* SPDX-License-Identifier: GPL-3.0-or-later */
/* lxfetch cache list, verify, prune: what the cache holds. */
#ifndef LXKIT_FETCH_VERB_CACHE_H
#define LXKIT_FETCH_VERB_CACHE_H

#include "core/cli.h"

extern const struct cli_option cache_options[];
int cache_run(struct cli *cli, struct error *err);

#endif
