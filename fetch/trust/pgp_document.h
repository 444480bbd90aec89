/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The outer form of what is said to be signed with OpenPGP, held to the strictest reading before
 * anything else touches it. librnp would accept more: messages that are not signed at all, text
 * outside of what is signed, compressed and nested packets (see the cases of tests/trust_pgp.sh).
 *
 *     -----BEGIN PGP SIGNED MESSAGE-----     the first bytes of the file
 *     Hash: SHA256                           only this header
 *
 *     text, in which a line that begins with "-" is written "- -..."
 *     -----BEGIN PGP SIGNATURE-----
 *     ...
 *     -----END PGP SIGNATURE-----            nothing but blanks behind it
 */
#ifndef LXKIT_FETCH_TRUST_PGP_DOCUMENT_H
#define LXKIT_FETCH_TRUST_PGP_DOCUMENT_H

#include <stdbool.h>

#include "fetch/trust/packets.h"

enum {
    PGP_SIGNATURE_BYTES_MAX = 64 << 10,
    PGP_SIGNATURES_MAX = 16,
};

/* The signatures of a document, as packets; what they claim, in their order. */
struct pgp_signatures {
    uint8_t *bytes;
    size_t n_bytes;
    struct signature_claims claims[PGP_SIGNATURES_MAX];
    size_t n;
};

/* Whether these bytes look like a clearsigned text, or like a detached signature (armoured or not):
 * what to try, no more. */
bool pgp_is_clearsigned(const void *bytes, size_t n);
bool pgp_is_signature(const void *bytes, size_t n);

/* VERIFY, naming label, for whatever is not of the form above or too much of it. */
int pgp_clearsigned_check(struct pgp_signatures *out, const char *text, size_t n, const char *label,
                          struct error *err) MUST_CHECK;
/* A detached signature: one armoured block, or packets, of signatures alone. */
int pgp_detached_check(struct pgp_signatures *out, const void *bytes, size_t n, const char *label,
                       struct error *err) MUST_CHECK;
void pgp_signatures_free(struct pgp_signatures *signatures);

#define AUTO_PGP_SIGNATURES CLEANUP(pgp_signatures_free)

#endif
