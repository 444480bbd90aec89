/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenPGP packets as they lie in a file (RFC 4880, sections 4 and 5): enough to find out which keys
 * a file holds and who claims to have signed. Whether a signature is good is decided elsewhere. */
#ifndef LXKIT_FETCH_TRUST_PACKETS_H
#define LXKIT_FETCH_TRUST_PACKETS_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    PACKET_SIGNATURE = 2,
    PACKET_KEY = 6,
    PACKET_SUBKEY = 14,

    PGP_FINGERPRINT_DIGITS = 40,
    PGP_KEY_ID_DIGITS = 16, /* the last ones of the fingerprint */
    PGP_FINGERPRINT_BYTES = PGP_FINGERPRINT_DIGITS + 1,
};

struct packet {
    unsigned tag;
    const uint8_t *start; /* of the header */
    const uint8_t *body;
    size_t n; /* of the body */
};

/* Takes the next packet from *at: 1, 0 at the end, -1 (DAMAGED, without the file's name). Partial
 * and indeterminate lengths are refused: neither keys nor signatures have any. */
int packet_next(const uint8_t **at, const uint8_t *end, struct packet *out,
                struct error *err) MUST_CHECK;

/* The fingerprint of a key or subkey of version 4, in upper case. 0 for another version. */
int packet_fingerprint(const struct packet *key, char out[PGP_FINGERPRINT_BYTES],
                       struct error *err) MUST_CHECK;

/* What a signature says of itself; nothing of it is proved. */
struct signature_claims {
    unsigned version;
    char issuer[PGP_FINGERPRINT_BYTES]; /* a fingerprint, a key id (16 digits), or "" */
    uint32_t created;                   /* seconds since 1970; 0: not said */
};

void packet_signature_claims(const struct packet *signature, struct signature_claims *out);

#endif
