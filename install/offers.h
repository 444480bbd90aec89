/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What there is to install: every release of every distribution that a manifest has. */
#ifndef LXKIT_INSTALL_OFFERS_H
#define LXKIT_INSTALL_OFFERS_H

#include <stddef.h>

#include "install/manifest.h"

/* One release. Pointers lead into offers->manifests. */
struct offer {
    char *name; /* what installs it: NAME-RELEASE */
    const struct manifest *manifest;
    const struct manifest_distribution *distribution;
    const struct manifest_release *release;
};

struct offers {
    struct manifest **manifests;
    size_t n_manifests;
    struct offer *items;
    size_t n;
};

/* Reads all manifests, `own` (NULL: none) first. A distribution that an earlier one has hides those
 * of the same name. */
int offers_read(struct offers *out, const char *own, struct error *err) MUST_CHECK;
void offers_free(struct offers *offers);

/* Whether a word stands in its names or titles, whatever the case. */
bool offer_matches(const struct offer *offer, const char *word);
/* Its title, or the distribution's. */
const char *offer_title(const struct offer *offer);

#endif
