/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Catalogues: manifests that the user added, from a file or the network, with the key that must
 * sign them.
 *
 *     DATA/catalogues/NAME.json   {"version": 1, "source": URL, "signature": URL, "keys": [...],
 *                                  "override": false, "content": TEXT, ...}
 *
 * CONTENT is what was verified: a manifest, or a DistributionInfo.json. A signed manifest has a
 * serial and an expiry; an older one than one seen before is refused, and so is one that has
 * expired. */
#ifndef LXKIT_INSTALL_CATALOGUE_H
#define LXKIT_INSTALL_CATALOGUE_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "install/manifest.h"
#include "install/text.h"

enum {
    CATALOGUES_MAX = 256,
    CATALOGUE_FILE_BYTES_MAX = 32 << 20, /* of NAME.json: the content is at most 4 MiB, escaped */
};

struct catalogue {
    char *name;
    char *source;      /* URL, or absolute path */
    char *signature;   /* likewise; NULL: none */
    struct texts keys; /* fingerprints; none: nobody signs it */
    bool override;     /* the installed manifests do not count beside it */
    char *content;
    char *signer, *signed_at; /* as in struct registration; may be NULL */
};

/* Gets a catalogue from its source and verifies it, fills content, signer and signed_at, and hands
 * the manifest over. name, source, signature, keys are given; where there are keys and no
 * signature, that is the source with ".minisig" or ".asc" behind. VERIFY, DAMAGED, NETWORK. */
int catalogue_get(struct catalogue *catalogue, bool offline, struct manifest **out,
                  struct events *events, struct error *err) MUST_CHECK;
/* Stores it; EXISTS where there is one of that name and replace is false. */
int catalogue_store(const struct catalogue *catalogue, bool replace, struct error *err) MUST_CHECK;
/* NOT_FOUND, DAMAGED. */
int catalogue_read(struct catalogue *out, const char *name, struct error *err) MUST_CHECK;
int catalogue_remove(const char *name, struct error *err) MUST_CHECK;
/* The manifest in it. VERIFY where it has expired. */
int catalogue_manifest(const struct catalogue *catalogue, struct manifest **out,
                       struct error *err) MUST_CHECK;
/* The names of all, sorted. */
int catalogue_names(struct texts *out, struct error *err) MUST_CHECK;
void catalogue_free(struct catalogue *catalogue); /* its members */

#define AUTO_CATALOGUE CLEANUP(catalogue_free)

#endif
