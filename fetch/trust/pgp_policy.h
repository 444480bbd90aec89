/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Which of the signatures that were found is good enough. One is; what the others are does not
 * matter, for distributions sign with several keys. */
#ifndef LXKIT_FETCH_TRUST_PGP_POLICY_H
#define LXKIT_FETCH_TRUST_PGP_POLICY_H

#include "fetch/trust/keyring.h"
#include "fetch/trust/pgp_engine.h"

enum {
    PGP_RSA_BITS_MIN = 2048,
};

struct pgp_question {
    const struct pgp_findings *findings;
    const struct pgp_signatures *claims;
    const struct key_choice *keys;
    bool detached;
    int64_t now;
    const char *label;
};

/* The first signature that satisfies, and the key it belongs to. VERIFY with the reason why none
 * does: the nearest miss is told. */
int pgp_policy_judge(const struct pgp_question *question, const struct pgp_finding **signature,
                     const struct trust_key **key, struct error *err) MUST_CHECK;

#endif
