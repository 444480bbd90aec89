/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What has to prove that a source is genuine, decided before anything is fetched. */
#ifndef LXKIT_INSTALL_PROOF_PLAN_H
#define LXKIT_INSTALL_PROOF_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "fetch/fetch.h"
#include "install/manifest.h"
#include "install/text.h"

/* What the user said about it; NULL, 0 and false: nothing. Strings are borrowed. */
struct proof_options {
    const char *sha256;
    const char *sums, *signature; /* URLs or paths */
    const char *sums_name;        /* what the list calls the file */
    const char *keyring;          /* path */
    const char *const *keys;      /* fingerprints, up to a NULL; NULL: none */
    bool skip;                    /* take it unverified */
};

/* The option that was given; NULL: none. */
const char *proof_options_given(const struct proof_options *options);

struct proof_plan {
    enum trust_tier tier; /* the least that will do */
    bool has_sha256;
    struct sha256 sha256;
    uint64_t size;          /* bytes; 0: not known */
    struct texts mirrors;   /* of the source */
    char *list, *signature; /* URLs or paths; NULL: none */
    char *name;             /* what the list calls the source; NULL: its last part */
    bool any_name;          /* whatever the list, which has one file, calls it */
    char *keyring;          /* path; NULL: the keys at hand */
    struct texts keys;      /* fingerprints of those that count; none: all of the ring */
    char *index, *suffix;   /* as in struct manifest_image; NULL: none */
    bool key_missing;       /* none of them is at hand */
    bool dated;             /* an older list than one seen before is refused */
    int64_t min_date, expires, max_age; /* as in struct manifest_image */
    bool skip;
};

/* Of a manifest's image. One that is signed by a key that is not at hand is held to its SHA-256, if
 * that is known: tier is TRUST_PINNED then, and key_missing tells why. */
int proof_plan_by_image(struct proof_plan *out, const struct manifest_image *image, bool skip,
                        struct error *err) MUST_CHECK;
/* Of a file or URL. USAGE where the options contradict each other. */
int proof_plan_by_options(struct proof_plan *out, const struct proof_options *options,
                          struct error *err) MUST_CHECK;
void proof_plan_free(struct proof_plan *plan); /* its members */

/* Opens the keys that it names. */
int proof_plan_keys(const struct proof_plan *plan, struct keyring *out,
                    struct error *err) MUST_CHECK;
/* Whether there is anything to verify. */
bool proof_plan_verifies(const struct proof_plan *plan);

#endif
