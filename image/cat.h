/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The content of single files of a tree. */
#ifndef LXKIT_IMAGE_CAT_H
#define LXKIT_IMAGE_CAT_H

#include <stddef.h>
#include <stdio.h>

#include "core/error.h"
#include "image/source.h"

/* Writes the files at paths in the tree at input to out, one after the other; symbolic links are
 * followed inside the tree. NOT_FOUND or WRONG_KIND before anything is written. The input is read
 * at least twice (which file a name means is known at its end): USAGE where it can be only once.
 * Whether out took it all is for the caller to check. */
int image_cat(FILE *out, const char *input, char *const *paths, size_t n,
              const struct image_open_options *options, struct error *err) MUST_CHECK;

#endif
