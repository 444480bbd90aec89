/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How much there is in a tree, by reading it once without its content. */
#ifndef LXKIT_IMAGE_MEASURE_H
#define LXKIT_IMAGE_MEASURE_H

#include "core/error.h"
#include "image/format.h"
#include "image/source.h"

int image_measure(struct source *source, struct tree_totals *totals, struct error *err) MUST_CHECK;

#endif
