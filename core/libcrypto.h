/* SPDX-License-Identifier: GPL-3.0-or-later */
/* OpenSSL's libcrypto, loaded when it is first called for: libcrypto()->EVP_DigestUpdate(). */
#ifndef LXKIT_CORE_LIBCRYPTO_H
#define LXKIT_CORE_LIBCRYPTO_H

#include <openssl/evp.h>

#include "core/error.h"

#define LIBCRYPTO_FILE "libcrypto.so.3"
#define LIBCRYPTO_FUNCTIONS(FUNCTION)     \
    FUNCTION(EVP_DecodeBlock)             \
    FUNCTION(EVP_Digest)                  \
    FUNCTION(EVP_DigestFinal_ex)          \
    FUNCTION(EVP_DigestInit_ex)           \
    FUNCTION(EVP_DigestUpdate)            \
    FUNCTION(EVP_DigestVerify)            \
    FUNCTION(EVP_DigestVerifyInit)        \
    FUNCTION(EVP_EncodeBlock)             \
    FUNCTION(EVP_MAC_CTX_free)            \
    FUNCTION(EVP_MAC_CTX_new)             \
    FUNCTION(EVP_MAC_fetch)               \
    FUNCTION(EVP_MAC_final)               \
    FUNCTION(EVP_MAC_free)                \
    FUNCTION(EVP_MAC_init)                \
    FUNCTION(EVP_MAC_update)              \
    FUNCTION(EVP_MD_CTX_free)             \
    FUNCTION(EVP_MD_CTX_new)              \
    FUNCTION(EVP_PKEY_free)               \
    FUNCTION(EVP_PKEY_new_raw_public_key) \
    FUNCTION(EVP_blake2b512)              \
    FUNCTION(EVP_sha1)                    \
    FUNCTION(EVP_sha256)                  \
    FUNCTION(EVP_sha512)

#define LIBCRYPTO_MEMBER(name) __typeof__(name) *name;
struct libcrypto {
    LIBCRYPTO_FUNCTIONS(LIBCRYPTO_MEMBER)
};
#undef LIBCRYPTO_MEMBER

/* Who may be the first to need it asks before; UNSUPPORTED where there is none. */
int libcrypto_load(struct error *err) MUST_CHECK;
const struct libcrypto *libcrypto(void);

#endif
