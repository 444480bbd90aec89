/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From a name to what it is made from: the first manifest that has it counts (manifest_places.h).
 * NAME means the first release of a distribution, NAME-RELEASE a certain one; case does not count.
 */
#ifndef LXKIT_INSTALL_MANIFEST_FIND_H
#define LXKIT_INSTALL_MANIFEST_FIND_H

#include <stdbool.h>

#include "install/manifest.h"

struct manifest_query {
    const char *name;
    const char *release;      /* NULL: the first, or the one in name */
    const char *architecture; /* NULL: this machine's */
    const char *manifest;     /* file or directory to look at first; NULL: none */
};

struct manifest_choice {
    struct manifest *manifest; /* owned */
    const struct manifest_distribution *distribution;
    const struct manifest_release *release;
    const struct manifest_image *image;
    bool release_named; /* by the query, not by being the first */
};

/* NOT_FOUND says what is close and where was looked, or what releases or architectures there are.
 */
int manifest_find(struct manifest_choice *out, const struct manifest_query *query,
                  struct error *err) MUST_CHECK;
void manifest_choice_free(struct manifest_choice *choice);

#endif
