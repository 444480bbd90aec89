/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Signatures of minisign and signify: Ed25519 in base64 below a comment line.
 *
 * Public key     untrusted comment: ...
 *                base64 of "Ed", key id (8), Ed25519 key (32)
 * Signature      untrusted comment: ...
 *                base64 of algorithm (2), key id (8), Ed25519 signature (64)
 *   minisign's   trusted comment: TEXT
 *                base64 of the Ed25519 signature (64) of: the first one's 64 bytes, TEXT
 *
 * Algorithm "ED" signs the BLAKE2b-512 of the file, "Ed" (signify, old minisign) the file itself.
 * The format is described at https://jedisct1.github.io/minisign/. */
#ifndef LXKIT_FETCH_TRUST_MINISIGN_H
#define LXKIT_FETCH_TRUST_MINISIGN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    MINISIGN_ID_BYTES = 8,
    MINISIGN_ID_DIGITS = 2 * MINISIGN_ID_BYTES,
    MINISIGN_KEY_BYTES = 32,
    MINISIGN_SIGNATURE_BYTES = 64,
    MINISIGN_COMMENT_BYTES_MAX = 1024, /* of the trusted one */
    MINISIGN_WHOLE_BYTES_MAX =
        64 << 20, /* of a file with an "Ed" signature: it is kept in memory */
};

struct minisign_key {
    uint8_t id[MINISIGN_ID_BYTES];
    uint8_t key[MINISIGN_KEY_BYTES];
};

struct minisign_signature {
    bool prehashed; /* "ED" */
    uint8_t id[MINISIGN_ID_BYTES];
    uint8_t signature[MINISIGN_SIGNATURE_BYTES];
    char *comment; /* trusted once minisign_verify() has said so; NULL: signify's form, "Ed" only */
    uint8_t global[MINISIGN_SIGNATURE_BYTES]; /* covers the comment */
};

/* Whether text is of this family at all. */
bool minisign_is(const char *text, size_t n);
/* With the comment line before it, or the bare base64. DAMAGED, without the file's name. */
int minisign_key_parse(struct minisign_key *out, const char *text, size_t n,
                       struct error *err) MUST_CHECK;
/* The file of a key, which is malloc'd. */
int minisign_key_format(const struct minisign_key *key, char **out, struct error *err) MUST_CHECK;
int minisign_signature_parse(struct minisign_signature *out, const char *text, size_t n,
                             struct error *err) MUST_CHECK;
void minisign_signature_free(struct minisign_signature *signature);
/* The key's number as programs print it: 16 digits, upper case. */
void minisign_id_format(const uint8_t id[MINISIGN_ID_BYTES], char out[MINISIGN_ID_DIGITS + 1]);

/* What is being verified: its bytes, piece by piece. */
struct minisign_message;

int minisign_message_new(struct minisign_message **out, bool prehashed,
                         struct error *err) MUST_CHECK;
/* VERIFY beyond MINISIGN_WHOLE_BYTES_MAX where it is not prehashed. */
int minisign_message_update(struct minisign_message *message, const void *bytes, size_t n,
                            struct error *err) MUST_CHECK;
void minisign_message_free(struct minisign_message *message);

/* VERIFY, without the file's name, where the key has another id or one of the signatures is wrong.
 */
int minisign_verify(const struct minisign_signature *signature, const struct minisign_key *key,
                    struct minisign_message *message, struct error *err) MUST_CHECK;

static inline void minisign_message_freep(struct minisign_message **message)
{
    minisign_message_free(*message);
}

#define AUTO_MINISIGN_MESSAGE   CLEANUP(minisign_message_freep)
#define AUTO_MINISIGN_SIGNATURE CLEANUP(minisign_signature_free)

#endif
