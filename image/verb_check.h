/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb `lximage check`. */
#ifndef LXKIT_IMAGE_VERB_CHECK_H
#define LXKIT_IMAGE_VERB_CHECK_H

#include "core/cli.h"

extern const struct cli_option check_options[];
/* 1 where there are findings. */
int check_run(struct cli *cli, struct error *err) MUST_CHECK;

#endif
