/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the program itself knows of keys (manifests/keys), as keys. */
#ifndef LXKIT_FETCH_TRUST_KNOWN_KEYS_H
#define LXKIT_FETCH_TRUST_KNOWN_KEYS_H

#include "fetch/trust/embedded_keys.h"
#include "fetch/trust/keyring.h"

/* By the primary's fingerprint; NULL: unknown. */
const struct embedded_key *known_find(const char *fingerprint);
/* Gives key the name, title, window and options of the row. */
int known_apply(struct trust_key *key, const struct embedded_key *row,
                struct error *err) MUST_CHECK;
/* All of them, into an empty ring. On failure the caller closes it. */
int known_load(struct keyring *ring, struct error *err) MUST_CHECK;

#endif
