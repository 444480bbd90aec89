/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file holds, as 128 bits: files of one size with the same bits hold the same bytes, with
 * holes for zeros.
 *
 * The bits are Poly1305 under a random key that is never shown. For contents chosen without
 * knowing the key, whoever chose them, two different ones of n bytes agree with a probability below
 * n / 2^106: as good as a cryptographic digest for a comparison, and several times as fast. */
#ifndef LXKIT_IMAGE_COMPARE_CONTENT_H
#define LXKIT_IMAGE_COMPARE_CONTENT_H

#include <stdint.h>

#include "core/error.h"
#include "image/source.h"

enum {
    COMPARE_KEY_BYTES = 32,
    COMPARE_BITS_BYTES = 16,
};

struct compare_key {
    uint8_t byte[COMPARE_KEY_BYTES];
};

struct compare_bits {
    uint8_t byte[COMPARE_BITS_BYTES];
};

int compare_key_make(struct compare_key *out, struct error *err) MUST_CHECK;

/* Computes the bits of one file after the other; opaque. */
struct compare_content;

/* What is to be compared must have the same key. */
int compare_content_new(struct compare_content **out, const struct compare_key *key,
                        struct error *err) MUST_CHECK;
void compare_content_free(struct compare_content *self); /* NULL is fine */
/* Pulls the content of the current entry of source to its end. */
int compare_content_read(struct compare_content *self, struct source *source,
                         struct compare_bits *out, struct error *err) MUST_CHECK;

#endif
