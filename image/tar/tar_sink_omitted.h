/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The paths of files that have no place in an archive, so that their other names are left out too.
 */
#ifndef LXKIT_IMAGE_TAR_SINK_OMITTED_H
#define LXKIT_IMAGE_TAR_SINK_OMITTED_H

#include <stdbool.h>

#include "core/error.h"

struct omitted {
    void *paths; /* a tree of tsearch() */
};

/* Copies path. */
int omitted_add(struct omitted *omitted, const char *path, struct error *err) MUST_CHECK;
bool omitted_has(const struct omitted *omitted, const char *path);
void omitted_free(struct omitted *omitted); /* its members */

#endif
