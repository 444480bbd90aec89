/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys of manifests/keys, as scripts/embed-keys writes them when lxkit is built. The columns
 * are described in manifests/keys/README.md. */
#ifndef LXKIT_FETCH_TRUST_EMBEDDED_KEYS_H
#define LXKIT_FETCH_TRUST_EMBEDDED_KEYS_H

#include <stddef.h>

struct embedded_key {
    const char *name;
    const char *type; /* "openpgp" or "minisign" */
    const char *fingerprint;
    const char *from, *until; /* YYYY-MM-DD or "-" */
    const char *options;      /* "v3" or "-" */
    const char *title;
    const char *text; /* the file; NULL where lxkit knows the fingerprint alone */
};

extern const struct embedded_key embedded_keys[];
extern const size_t n_embedded_keys;

#endif
