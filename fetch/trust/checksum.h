/* SPDX-License-Identifier: GPL-3.0-or-later */
/* SHA-256, and SHA-512 beside it where a list gives nothing else: both in one pass. */
#ifndef LXKIT_FETCH_TRUST_CHECKSUM_H
#define LXKIT_FETCH_TRUST_CHECKSUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"

enum {
    SHA512_BYTES = 64,
    CHECKSUM_HEX_BYTES = 2 * SHA512_BYTES + 1, /* of the longer one, with the NUL */
};

/* What is known of a file: one of them or both. */
struct checksum {
    bool has_sha256, has_sha512;
    struct sha256 sha256;
    uint8_t sha512[SHA512_BYTES];
};

/* 64 or 128 hexadecimal digits of either case, with or without "0x" before them: n characters.
 * False for anything else. */
bool checksum_parse(struct checksum *out, const char *hex, size_t n) MUST_CHECK;
/* Whether all that `expected` knows, at least one, is what `found` has. */
bool checksum_agrees(const struct checksum *expected, const struct checksum *found);
/* Adds what `more` knows; false where the two contradict each other. */
bool checksum_merge(struct checksum *into, const struct checksum *more) MUST_CHECK;

/* A checksum being computed; opaque. SHA-256 always, SHA-512 if asked for. */
struct hasher;

int hasher_new(struct hasher **out, bool sha512, struct error *err) MUST_CHECK;
void hasher_free(struct hasher *hasher);
int hasher_update(struct hasher *hasher, const void *bytes, size_t n, struct error *err) MUST_CHECK;
int hasher_finish(struct hasher *hasher, struct checksum *out, struct error *err) MUST_CHECK;

static inline void hasher_freep(struct hasher **hasher)
{
    hasher_free(*hasher);
}

#define AUTO_HASHER CLEANUP(hasher_freep)

#endif
