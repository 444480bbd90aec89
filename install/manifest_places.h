/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where manifests lie. In this order, and what comes first counts: the one that was asked for,
 * $LXKIT_MANIFESTS (a file, or a directory of *.yaml), the catalogues that were added (by name),
 * and the installed ones, unless a catalogue overrides those. */
#ifndef LXKIT_INSTALL_MANIFEST_PLACES_H
#define LXKIT_INSTALL_MANIFEST_PLACES_H

#include "install/manifest.h"

#define INSTALLED_MANIFESTS LXKIT_DATADIR "/manifests"

enum {
    MANIFEST_FILES_MAX = 1024, /* of one directory */
};

struct manifest_visitor {
    /* Sees each place that there is, before its manifests; may be NULL. */
    void (*place)(void *context, const char *path);
    /* Sees each manifest, and may keep it (steal()). 1: enough, 0: go on, negative: error. */
    int (*manifest)(void *context, struct manifest **manifest, struct error *err);
    void *context;
};

/* own: the place that was asked for; NULL: none. Returns what ended it. */
int manifest_visit(const char *own, const struct manifest_visitor *visitor,
                   struct error *err) MUST_CHECK;
/* Sets err for a name that was looked for where there is no manifest at all. Returns -1. */
int manifest_none(const char *name, struct error *err);

#endif
