/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/minisign.h"

#include <stdio.h>
#include <string.h>

#include "core/libcrypto.h"
#include "fetch/trust/armor.h"
#include "fetch/trust/line.h"

#define UNTRUSTED "untrusted comment: "
#define TRUSTED   "trusted comment: "

enum {
    ALGORITHM_BYTES = 2,
    BLAKE2_BYTES = 64,
    KEY_WHOLE_BYTES = ALGORITHM_BYTES + MINISIGN_ID_BYTES + MINISIGN_KEY_BYTES,
    SIGNATURE_WHOLE_BYTES = ALGORITHM_BYTES + MINISIGN_ID_BYTES + MINISIGN_SIGNATURE_BYTES,
};

bool minisign_is(const char *text, size_t n)
{
    return n >= strlen(UNTRUSTED) && memcmp(text, UNTRUSTED, strlen(UNTRUSTED)) == 0;
}

void minisign_id_format(const uint8_t id[MINISIGN_ID_BYTES], char out[MINISIGN_ID_DIGITS + 1])
{
    for (size_t i = 0; i < MINISIGN_ID_BYTES; i++)
        sprintf(out + 2 * i, "%02X", id[MINISIGN_ID_BYTES - 1 - i]);
}

/* ---- the files ---- */

static int malformed(const char *what, struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "%s; get the file again", what);
}

/* A line of base64 that stands for exactly `size` bytes. */
static bool line_decode(const struct line *line, uint8_t *out, size_t size)
{
    AUTO_FREE uint8_t *bytes = NULL;
    size_t n;
    if (!base64_decode(line->text, line->n, &bytes, &n) || n != size)
        return false;
    memcpy(out, bytes, size);
    return true;
}

static bool rest_is_blank(const char *at, const char *end)
{
    struct line line;
    while (line_next(&at, end, &line)) {
        if (!line_is_blank(&line))
            return false;
    }
    return true;
}

int minisign_key_parse(struct minisign_key *out, const char *text, size_t n, struct error *err)
{
    const char *at = text, *end = text + n;
    struct line line;
    uint8_t whole[KEY_WHOLE_BYTES];
    if (libcrypto_load(err) < 0)
        return -1;
    bool found = line_next(&at, end, &line);
    if (found && line_begins(&line, UNTRUSTED))
        found = line_next(&at, end, &line);
    if (!found || !line_decode(&line, whole, sizeof(whole)) || !rest_is_blank(at, end))
        return malformed("it is no public key of minisign or signify", err);
    if (memcmp(whole, "Ed", ALGORITHM_BYTES) != 0)
        return malformed("the key is not of the one kind (Ed) that there is", err);
    memcpy(out->id, whole + ALGORITHM_BYTES, MINISIGN_ID_BYTES);
    memcpy(out->key, whole + ALGORITHM_BYTES + MINISIGN_ID_BYTES, MINISIGN_KEY_BYTES);
    return 0;
}

int minisign_key_format(const struct minisign_key *key, char **out, struct error *err)
{
    uint8_t whole[KEY_WHOLE_BYTES] = "Ed";
    char id[MINISIGN_ID_DIGITS + 1];
    char base64[2 * KEY_WHOLE_BYTES];

    if (libcrypto_load(err) < 0)
        return -1;
    memcpy(whole + ALGORITHM_BYTES, key->id, MINISIGN_ID_BYTES);
    memcpy(whole + ALGORITHM_BYTES + MINISIGN_ID_BYTES, key->key, MINISIGN_KEY_BYTES);
    minisign_id_format(key->id, id);
    libcrypto()->EVP_EncodeBlock((uint8_t *)base64, whole, sizeof(whole));
    if (asprintf(out, UNTRUSTED "minisign public key %s\n%s\n", id, base64) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

/* The trusted comment and what signs it. */
static int parse_comment(struct minisign_signature *out, const char *at, const char *end,
                         struct error *err)
{
    struct line line;
    if (!line_next(&at, end, &line) || !line_begins(&line, TRUSTED))
        return malformed("the third line of a signature is its trusted comment", err);
    size_t n = line.n - strlen(TRUSTED);
    if (n > MINISIGN_COMMENT_BYTES_MAX || memchr(line.text, '\0', line.n))
        return malformed("the trusted comment is too long or no text", err);
    out->comment = strndup(line.text + strlen(TRUSTED), n);
    if (!out->comment)
        return error_no_memory(err);
    if (!line_next(&at, end, &line) || !line_decode(&line, out->global, sizeof(out->global)))
        return malformed("the signature of the trusted comment is missing or no base64", err);
    if (!rest_is_blank(at, end))
        return malformed("something stands behind the signature", err);
    return 0;
}

int minisign_signature_parse(struct minisign_signature *out, const char *text, size_t n,
                             struct error *err)
{
    const char *at = text, *end = text + n;
    struct line line;
    uint8_t whole[SIGNATURE_WHOLE_BYTES];
    *out = (struct minisign_signature){0};
    if (libcrypto_load(err) < 0)
        return -1;
    if (!line_next(&at, end, &line) || !line_begins(&line, UNTRUSTED) ||
        !line_next(&at, end, &line) || !line_decode(&line, whole, sizeof(whole)))
        return malformed("it is no signature of minisign or signify", err);
    out->prehashed = memcmp(whole, "ED", ALGORITHM_BYTES) == 0;
    if (!out->prehashed && memcmp(whole, "Ed", ALGORITHM_BYTES) != 0)
        return malformed("the signature is of neither kind (Ed, ED) that there is", err);
    memcpy(out->id, whole + ALGORITHM_BYTES, MINISIGN_ID_BYTES);
    memcpy(out->signature, whole + ALGORITHM_BYTES + MINISIGN_ID_BYTES, MINISIGN_SIGNATURE_BYTES);
    if (!out->prehashed && rest_is_blank(at, end))
        return 0;
    if (parse_comment(out, at, end, err) == 0)
        return 0;
    minisign_signature_free(out);
    return -1;
}

void minisign_signature_free(struct minisign_signature *signature)
{
    free(signature->comment);
    signature->comment = NULL;
}

/* ---- the message ---- */

struct minisign_message {
    EVP_MD_CTX *blake2; /* of a prehashed one */
    uint8_t *bytes;     /* of another one */
    size_t n, capacity;
};

static int openssl_failed(struct error *err)
{
    return error_set(err, ERROR_INTERNAL,
                     "OpenSSL refuses to compute BLAKE2b or Ed25519; check its configuration");
}

int minisign_message_new(struct minisign_message **out, bool prehashed, struct error *err)
{
    if (libcrypto_load(err) < 0)
        return -1;
    AUTO_MINISIGN_MESSAGE struct minisign_message *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    if (prehashed) {
        self->blake2 = libcrypto()->EVP_MD_CTX_new();
        if (!self->blake2)
            return error_no_memory(err);
        if (!libcrypto()->EVP_DigestInit_ex(self->blake2, libcrypto()->EVP_blake2b512(), NULL))
            return openssl_failed(err);
    }
    *out = steal(&self);
    return 0;
}

static int keep(struct minisign_message *message, const void *bytes, size_t n, struct error *err)
{
    if (n > MINISIGN_WHOLE_BYTES_MAX - message->n)
        return error_set(err, ERROR_VERIFY,
                         "it is larger than %d MiB, and its signature is of the old kind (Ed) that "
                         "needs all of it in memory; ask for a prehashed one (ED)",
                         MINISIGN_WHOLE_BYTES_MAX >> 20);
    if (n > message->capacity - message->n) {
        size_t capacity =
            2 * message->capacity > message->n + n ? 2 * message->capacity : message->n + n;
        uint8_t *more = realloc(message->bytes, capacity);
        if (!more)
            return error_no_memory(err);
        message->bytes = more;
        message->capacity = capacity;
    }
    memcpy(message->bytes + message->n, bytes, n);
    message->n += n;
    return 0;
}

int minisign_message_update(struct minisign_message *message, const void *bytes, size_t n,
                            struct error *err)
{
    if (n == 0)
        return 0;
    if (!message->blake2)
        return keep(message, bytes, n, err);
    return libcrypto()->EVP_DigestUpdate(message->blake2, bytes, n) ? 0 : openssl_failed(err);
}

void minisign_message_free(struct minisign_message *message)
{
    if (!message)
        return;
    libcrypto()->EVP_MD_CTX_free(message->blake2);
    free(message->bytes);
    free(message);
}

/* ---- verifying ---- */

static void pkey_freep(EVP_PKEY **key)
{
    libcrypto()->EVP_PKEY_free(*key);
}

static void md_ctx_freep(EVP_MD_CTX **context)
{
    libcrypto()->EVP_MD_CTX_free(*context);
}

/* 1: good, 0: wrong, negative: err is set. */
static int ed25519_verify(const struct minisign_key *key, const uint8_t *signature,
                          const void *bytes, size_t n, struct error *err)
{
    CLEANUP(pkey_freep)
    EVP_PKEY *pkey = libcrypto()->EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, key->key,
                                                              MINISIGN_KEY_BYTES);
    CLEANUP(md_ctx_freep) EVP_MD_CTX *context = libcrypto()->EVP_MD_CTX_new();
    if (!pkey || !context || !libcrypto()->EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey))
        return openssl_failed(err);
    return libcrypto()->EVP_DigestVerify(context, signature, MINISIGN_SIGNATURE_BYTES, bytes, n) ==
           1;
}

static int verify_comment(const struct minisign_signature *signature,
                          const struct minisign_key *key, struct error *err)
{
    size_t n = strlen(signature->comment);
    AUTO_FREE uint8_t *bytes = malloc(MINISIGN_SIGNATURE_BYTES + n);
    if (!bytes)
        return error_no_memory(err);
    memcpy(bytes, signature->signature, MINISIGN_SIGNATURE_BYTES);
    memcpy(bytes + MINISIGN_SIGNATURE_BYTES, signature->comment, n);
    return ed25519_verify(key, signature->global, bytes, MINISIGN_SIGNATURE_BYTES + n, err);
}

int minisign_verify(const struct minisign_signature *signature, const struct minisign_key *key,
                    struct minisign_message *message, struct error *err)
{
    if (memcmp(signature->id, key->id, MINISIGN_ID_BYTES) != 0)
        return error_set(err, ERROR_VERIFY, "the signature is by another key");

    uint8_t sum[BLAKE2_BYTES];
    const void *bytes = message->bytes ? message->bytes : (const uint8_t *)"";
    size_t n = message->n;
    if (message->blake2) {
        if (!libcrypto()->EVP_DigestFinal_ex(message->blake2, sum, NULL))
            return openssl_failed(err);
        bytes = sum;
        n = sizeof(sum);
    }
    int good = ed25519_verify(key, signature->signature, bytes, n, err);
    if (good < 0)
        return -1;
    if (!good)
        return error_set(err, ERROR_VERIFY,
                         "the signature does not fit: what it was made for has been changed");
    if (!signature->comment)
        return 0;
    good = verify_comment(signature, key, err);
    if (good < 0)
        return -1;
    return good ? 0
                : error_set(err, ERROR_VERIFY,
                            "the trusted comment has been changed since it was signed");
}
