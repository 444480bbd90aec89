/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A key that may vouch for something: what it is, by which name, and from when until when. */
#ifndef LXKIT_FETCH_TRUST_KEY_H
#define LXKIT_FETCH_TRUST_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "fetch/trust/packets.h"

enum key_type {
    KEY_OPENPGP,
    KEY_MINISIGN, /* signify's too */
};

enum key_origin {
    KEY_EMBEDDED, /* in the program */
    KEY_KNOWN,    /* its fingerprint is in the program, the key is not */
    KEY_USER,     /* `lxfetch keys add` */
    KEY_FILE,     /* --keyring */
};

enum {
    KEY_FINGERPRINT_BYTES = PGP_FINGERPRINT_BYTES, /* minisign: 16 digits */
    KEY_FILE_BYTES_MAX = 4 << 20,
    KEY_SUBKEYS_MAX = 64,
    KEYS_IN_FILE_MAX = 1024,
    KEY_NAME_BYTES_MAX = 64,
};

/* Fingerprints are in upper case. */
struct trust_key {
    enum key_type type;
    enum key_origin origin;
    char *name;
    char *title;                                 /* for people; may be NULL */
    char (*fingerprints)[KEY_FINGERPRINT_BYTES]; /* the primary's, then those of subkeys */
    size_t n_fingerprints;
    uint8_t *bytes; /* OpenPGP packets of one primary, or a minisign_key; NULL for KEY_KNOWN */
    size_t n;
    int64_t use_from, use_until; /* seconds since 1970, both included; INT64_MIN, INT64_MAX: open */
    bool allow_v3;               /* OpenPGP signatures of version 3 */
};

/* The primary's fingerprint. */
static inline const char *key_fingerprint(const struct trust_key *key)
{
    return key->fingerprints[0];
}

/* Whether it or one of its subkeys has this fingerprint. */
bool key_has_fingerprint(const struct trust_key *key, const char *fingerprint);
/* The same for what a signature claims: a fingerprint or a key id. */
bool key_may_be(const struct trust_key *key, const char *issuer);

void key_free(struct trust_key *key);

/* The keys of a file: OpenPGP, armoured or not, with any number of primaries, or one of minisign.
 * Versions that lxkit cannot use are passed over. The array is malloc'd, name NULL in each, no
 * window. DAMAGED, WRONG_KIND, LIMIT; label is for messages. */
int keys_parse(struct trust_key **out, size_t *n, const void *bytes, size_t size, const char *label,
               struct error *err) MUST_CHECK;
void keys_free(struct trust_key *keys, size_t n);
/* The same for what must hold one key alone; DAMAGED where it holds more. */
int key_parse_single(struct trust_key *out, const void *bytes, size_t size, const char *label,
                     struct error *err) MUST_CHECK;

/* A fingerprint as people write it: 40 or 16 digits of either case, blanks and "0x" allowed.
 * USAGE where it is none; key ids are none. */
int fingerprint_parse(char out[KEY_FINGERPRINT_BYTES], const char *text,
                      struct error *err) MUST_CHECK;
#define AUTO_KEY CLEANUP(key_free)

#endif
