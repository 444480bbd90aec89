/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb `lximage mount`. */
#ifndef LXKIT_IMAGE_VERB_MOUNT_H
#define LXKIT_IMAGE_VERB_MOUNT_H

#include "core/cli.h"

extern const struct cli_option mount_verb_options[];
int mount_verb_run(struct cli *cli, struct error *err) MUST_CHECK;

#endif
