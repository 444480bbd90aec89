/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/digest.h"

#include <string.h>

#include "core/hex.h"
#include "core/libcrypto.h"

struct digest {
    EVP_MD_CTX *context;
};

static int digest_failed(struct error *err)
{
    return error_set(err, ERROR_INTERNAL,
                     "OpenSSL refuses to compute SHA-256; check its configuration");
}

int digest_new(struct digest **out, struct error *err)
{
    if (libcrypto_load(err) < 0)
        return -1;
    struct digest *self AUTO_DIGEST = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->context = libcrypto()->EVP_MD_CTX_new();
    if (!self->context)
        return error_no_memory(err);
    if (!libcrypto()->EVP_DigestInit_ex(self->context, libcrypto()->EVP_sha256(), NULL))
        return digest_failed(err);
    *out = steal(&self);
    return 0;
}

void digest_free(struct digest *digest)
{
    if (!digest)
        return;
    libcrypto()->EVP_MD_CTX_free(digest->context);
    free(digest);
}

int digest_update(struct digest *digest, const void *bytes, size_t n, struct error *err)
{
    return libcrypto()->EVP_DigestUpdate(digest->context, bytes, n) ? 0 : digest_failed(err);
}

int digest_finish(struct digest *digest, struct sha256 *out, struct error *err)
{
    return libcrypto()->EVP_DigestFinal_ex(digest->context, out->byte, NULL) ? 0
                                                                             : digest_failed(err);
}

void sha256_format(const struct sha256 *sum, char hex[SHA256_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < SHA256_BYTES; i++) {
        hex[2 * i] = digits[sum->byte[i] >> 4];
        hex[2 * i + 1] = digits[sum->byte[i] & 15];
    }
    hex[2 * SHA256_BYTES] = '\0';
}

bool sha256_parse(struct sha256 *out, const char *hex)
{
    struct sha256 sum;
    if (strlen(hex) != 2 * SHA256_BYTES || !hex_bytes(sum.byte, hex, SHA256_BYTES))
        return false;
    *out = sum;
    return true;
}

bool sha256_equal(const struct sha256 *a, const struct sha256 *b)
{
    return memcmp(a->byte, b->byte, SHA256_BYTES) == 0;
}
