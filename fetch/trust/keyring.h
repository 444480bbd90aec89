/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The keys at hand: those in the program, those that the user added (user_keys.h), or those of one
 * file.
 *
 * A key that the user added and that the program knows keeps the program's name, title and window:
 * it is a newer copy, or the missing key, of the same fingerprint. */
#ifndef LXKIT_FETCH_TRUST_KEYRING_H
#define LXKIT_FETCH_TRUST_KEYRING_H

#include "fetch/trust/key.h"

struct keyring {
    struct trust_key *keys;
    size_t n;
};

int keyring_open(struct keyring *out, struct error *err) MUST_CHECK;
/* Only the keys of that file. Those whose fingerprint the program knows get its window. */
int keyring_open_file(struct keyring *out, const char *path, struct error *err) MUST_CHECK;
void keyring_close(struct keyring *ring);

/* By fingerprint of the key or of a subkey; NULL: none. */
const struct trust_key *keyring_find(const struct keyring *ring, const char *fingerprint);
/* By what a signature claims: a fingerprint, or a key id, which proves nothing. */
const struct trust_key *keyring_find_issuer(const struct keyring *ring, const char *issuer);

/* Which keys of a ring may vouch for something: those with one of the fingerprints (a subkey's
 * chooses that subkey alone), or all where none is given. */
struct key_choice {
    const struct keyring *ring;
    const char *const *pins;
    size_t n_pins;
};

/* The key that may vouch with this signing key of that primary; NULL: none. */
const struct trust_key *key_choice_find(const struct key_choice *choice, const char *fingerprint,
                                        const char *primary);
/* Whether the key, or a subkey of it, may vouch. */
bool key_choice_has(const struct key_choice *choice, const struct trust_key *key);

#define AUTO_KEYRING CLEANUP(keyring_close)

#endif
