/* SPDX-License-Identifier: GPL-3.0-or-later */
/* No time after a given one: for outputs that do not show when they were made. */
#ifndef LXKIT_IMAGE_FILTER_MTIME_H
#define LXKIT_IMAGE_FILTER_MTIME_H

#include <stdbool.h>
#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

/* Times of all four kinds that are later than seconds, or simply all of them, become seconds and no
 * nanoseconds. inner is owned, also on failure. */
int filter_mtime(struct source **out, struct source *inner, int64_t seconds, bool all,
                 struct error *err) MUST_CHECK;

#endif
