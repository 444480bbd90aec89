/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/checksum.h"

#include <string.h>

#include "core/hex.h"
#include "core/libcrypto.h"

bool checksum_parse(struct checksum *out, const char *hex, size_t n)
{
    *out = (struct checksum){0};
    if (n > 2 && hex[0] == '0' && (hex[1] == 'x' || hex[1] == 'X')) {
        hex += 2;
        n -= 2;
    }
    if (n == 2 * SHA256_BYTES)
        out->has_sha256 = hex_bytes(out->sha256.byte, hex, SHA256_BYTES);
    else if (n == 2 * SHA512_BYTES)
        out->has_sha512 = hex_bytes(out->sha512, hex, SHA512_BYTES);
    return out->has_sha256 || out->has_sha512;
}

bool checksum_agrees(const struct checksum *expected, const struct checksum *found)
{
    if (!expected->has_sha256 && !expected->has_sha512)
        return false;
    if (expected->has_sha256 &&
        !(found->has_sha256 && sha256_equal(&expected->sha256, &found->sha256)))
        return false;
    return !expected->has_sha512 ||
           (found->has_sha512 && memcmp(expected->sha512, found->sha512, SHA512_BYTES) == 0);
}

bool checksum_merge(struct checksum *into, const struct checksum *more)
{
    if (more->has_sha256) {
        if (into->has_sha256 && !sha256_equal(&into->sha256, &more->sha256))
            return false;
        into->has_sha256 = true;
        into->sha256 = more->sha256;
    }
    if (more->has_sha512) {
        if (into->has_sha512 && memcmp(into->sha512, more->sha512, SHA512_BYTES) != 0)
            return false;
        into->has_sha512 = true;
        memcpy(into->sha512, more->sha512, SHA512_BYTES);
    }
    return true;
}

/* ---- computing ---- */

struct hasher {
    struct digest *sha256;
    EVP_MD_CTX *sha512; /* NULL: not wanted */
};

static int sha512_failed(struct error *err)
{
    return error_set(err, ERROR_INTERNAL,
                     "OpenSSL refuses to compute SHA-512; check its configuration");
}

int hasher_new(struct hasher **out, bool sha512, struct error *err)
{
    if (libcrypto_load(err) < 0)
        return -1;
    AUTO_HASHER struct hasher *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    if (digest_new(&self->sha256, err) < 0)
        return -1;
    if (sha512) {
        self->sha512 = libcrypto()->EVP_MD_CTX_new();
        if (!self->sha512)
            return error_no_memory(err);
        if (!libcrypto()->EVP_DigestInit_ex(self->sha512, libcrypto()->EVP_sha512(), NULL))
            return sha512_failed(err);
    }
    *out = steal(&self);
    return 0;
}

void hasher_free(struct hasher *hasher)
{
    if (!hasher)
        return;
    digest_free(hasher->sha256);
    libcrypto()->EVP_MD_CTX_free(hasher->sha512);
    free(hasher);
}

int hasher_update(struct hasher *hasher, const void *bytes, size_t n, struct error *err)
{
    if (digest_update(hasher->sha256, bytes, n, err) < 0)
        return -1;
    if (hasher->sha512 && !libcrypto()->EVP_DigestUpdate(hasher->sha512, bytes, n))
        return sha512_failed(err);
    return 0;
}

int hasher_finish(struct hasher *hasher, struct checksum *out, struct error *err)
{
    *out = (struct checksum){.has_sha256 = true, .has_sha512 = hasher->sha512 != NULL};
    if (digest_finish(hasher->sha256, &out->sha256, err) < 0)
        return -1;
    if (hasher->sha512 && !libcrypto()->EVP_DigestFinal_ex(hasher->sha512, out->sha512, NULL))
        return sha512_failed(err);
    return 0;
}
