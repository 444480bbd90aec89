/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a tree holds, name by name, as it would be made: of two entries with one name the later
 * counts. */
#ifndef LXKIT_IMAGE_LS_H
#define LXKIT_IMAGE_LS_H

#include <stdio.h>

#include "core/error.h"
#include "image/source.h"

enum ls_style {
    LS_NAMES,
    LS_LONG, /* all that stat tells of each */
    LS_JSON, /* the same, as one object */
};

/* Lists the tree at input, or what lies at path in it, to out: a directory before what lies in it.
 * NOT_FOUND where nothing does. Whether out took it all is for the caller to check. */
int image_ls(FILE *out, const char *input, const char *path, enum ls_style style,
             const struct image_open_options *options, struct error *err) MUST_CHECK;

#endif
