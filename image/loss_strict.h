/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Strictness: a target that cannot hold the whole tree is refused before it is begun. */
#ifndef LXKIT_IMAGE_LOSS_STRICT_H
#define LXKIT_IMAGE_LOSS_STRICT_H

#include "core/error.h"
#include "image/loss_report.h"
#include "image/output.h"

/* For a strict target: reads the tree at input once, and asks what output, which is chosen and not
 * open, would lose of it; LOSSY where that is something. An input that can be read only once is not
 * read, since its losses show while it is written; USAGE where that goes to standard output. */
int loss_strict_examine(const struct output *output, const char *input, struct loss_report *losses,
                        struct error *err) MUST_CHECK;

#endif
