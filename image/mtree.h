/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A tree as an mtree(5) specification: what BSD's mtree and libarchive read. It has no extended
 * attributes. */
#ifndef LXKIT_IMAGE_MTREE_H
#define LXKIT_IMAGE_MTREE_H

#include <stdio.h>

#include "core/error.h"
#include "image/source.h"

/* Reads source to its end and writes one line per name to out, a directory before what lies in it.
 * Whether out took it all is for the caller to check. */
int mtree_write(FILE *out, struct source *source, struct error *err) MUST_CHECK;

#endif
