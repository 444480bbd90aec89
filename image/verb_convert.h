/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The verb `lximage convert`: its options, and what they ask of image_build(). */
#ifndef LXKIT_IMAGE_VERB_CONVERT_H
#define LXKIT_IMAGE_VERB_CONVERT_H

#include "core/cli.h"

extern const struct cli_option convert_options[];
int convert_run(struct cli *cli, struct error *err) MUST_CHECK;

#endif
