/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What makes a tree a distribution, and what it says about itself.
 *
 * The runtime takes a tree that has /etc or /bin/sh, and reads ID and VERSION_ID from os-release
 * (first line that matches, optional double quotes, [A-Za-z0-9-_.,]). Source: microsoft/WSL
 * src/linux/init/main.cpp and util.cpp. */
#ifndef LXKIT_IMAGE_DISTRIBUTION_H
#define LXKIT_IMAGE_DISTRIBUTION_H

#include <stdbool.h>

#include "image/source.h"

enum {
    DISTRIBUTION_TEXT_BYTES = 128,
};

struct distribution {
    bool has_etc, has_shell;
    char flavor[DISTRIBUTION_TEXT_BYTES];     /* os-release ID; "" where there is none */
    char os_version[DISTRIBUTION_TEXT_BYTES]; /* os-release VERSION_ID */
};

/* Passes inner (owned, also on failure) through and notes what goes by in *found (borrowed). At the
 * end of the tree it fails with NOT_A_DISTRIBUTION where neither /etc nor /bin/sh was seen. */
int source_distribution(struct source **out, struct source *inner, struct distribution *found,
                        struct error *err) MUST_CHECK;

#endif
