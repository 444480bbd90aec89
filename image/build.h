/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the parts of image_build() share. */
#ifndef LXKIT_IMAGE_BUILD_H
#define LXKIT_IMAGE_BUILD_H

#include "core/error.h"
#include "core/event.h"
#include "image/image.h"
#include "image/source.h"

/* The tree at input as it goes into target. */
int build_source(struct source **out, const struct image_target *target, const char *input,
                 struct events *events, struct error *err) MUST_CHECK;

#endif
