/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256, by OpenSSL. */
#ifndef LXKIT_CORE_DIGEST_H
#define LXKIT_CORE_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    SHA256_BYTES = 32,
    SHA256_HEX_BYTES = 2 * SHA256_BYTES + 1, /* with the terminating NUL */
};

struct sha256 {
    uint8_t byte[SHA256_BYTES];
};

/* A digest being computed; opaque. */
struct digest;

int digest_new(struct digest **out, struct error *err) MUST_CHECK;
void digest_free(struct digest *digest); /* NULL is fine */
int digest_update(struct digest *digest, const void *bytes, size_t n, struct error *err) MUST_CHECK;
/* The digest of everything so far; the object can then only be freed. */
int digest_finish(struct digest *digest, struct sha256 *out, struct error *err) MUST_CHECK;

/* Lower-case hexadecimal digits. */
void sha256_format(const struct sha256 *sum, char hex[SHA256_HEX_BYTES]);
/* Takes exactly 64 hexadecimal digits of either case; false for anything else. */
bool sha256_parse(struct sha256 *out, const char *hex) MUST_CHECK;
bool sha256_equal(const struct sha256 *a, const struct sha256 *b);

static inline void digest_freep(struct digest **digest)
{
    digest_free(*digest);
}

#define AUTO_DIGEST CLEANUP(digest_freep)

#endif
