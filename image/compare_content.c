/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Sources cut a content into pieces as their medium has it. What goes into the digest must not
 * depend on that: it is each run of blocks that are not all zeros, as long as can be, followed by
 * where it began and how long it was (behind it, so that the whole can be taken apart from its end
 * in one way only). */
#include "image/compare_content.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/random.h>

#include "core/cancel.h"
#include "core/le.h"
#include "core/libcrypto.h"

enum {
    BLOCK_BYTES = 4096,
};

struct run_trailer {
    struct le64 offset;
    struct le64 length;
};

struct compare_content {
    struct compare_key key;
    EVP_MAC *mac;
    EVP_MAC_CTX *context;
    uint64_t run_offset, run_length; /* of the run in hand; length 0: none */
    uint64_t block_offset;           /* of block */
    bool block_used;
    uint8_t block[BLOCK_BYTES]; /* of which only some bytes have come */
};

static int openssl_failed(struct error *err)
{
    return error_set(err, ERROR_INTERNAL,
                     "OpenSSL refuses to compute Poly1305; check its configuration");
}

int compare_key_make(struct compare_key *out, struct error *err)
{
    if (getrandom(out->byte, sizeof(out->byte), 0) != sizeof(out->byte))
        return error_errno(err, errno, "get random numbers");
    return 0;
}

int compare_content_new(struct compare_content **out, const struct compare_key *key,
                        struct error *err)
{
    if (libcrypto_load(err) < 0)
        return -1;
    struct compare_content *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->key = *key;
    self->mac = libcrypto()->EVP_MAC_fetch(NULL, "POLY1305", NULL);
    self->context = self->mac ? libcrypto()->EVP_MAC_CTX_new(self->mac) : NULL;
    if (!self->context) {
        compare_content_free(self);
        return openssl_failed(err);
    }
    *out = self;
    return 0;
}

void compare_content_free(struct compare_content *self)
{
    if (!self)
        return;
    libcrypto()->EVP_MAC_CTX_free(self->context);
    libcrypto()->EVP_MAC_free(self->mac);
    free(self);
}

static int bytes_feed(struct compare_content *self, const void *bytes, size_t n, struct error *err)
{
    return libcrypto()->EVP_MAC_update(self->context, bytes, n) ? 0 : openssl_failed(err);
}

static int run_end(struct compare_content *self, struct error *err)
{
    struct run_trailer trailer = {le64_put(self->run_offset), le64_put(self->run_length)};
    if (self->run_length == 0)
        return 0;
    self->run_length = 0;
    return bytes_feed(self, &trailer, sizeof(trailer), err);
}

/* Whole blocks that are not zeros. */
static int blocks_feed(struct compare_content *self, const uint8_t *bytes, size_t n,
                       uint64_t offset, struct error *err)
{
    if (self->run_offset + self->run_length != offset && run_end(self, err) < 0)
        return -1;
    if (self->run_length == 0)
        self->run_offset = offset;
    self->run_length += n;
    return bytes_feed(self, bytes, n, err);
}

static bool is_zeros(const uint8_t block[BLOCK_BYTES])
{
    return block[0] == 0 && memcmp(block, block + 1, BLOCK_BYTES - 1) == 0;
}

static int block_end(struct compare_content *self, struct error *err)
{
    if (!self->block_used)
        return 0;
    self->block_used = false;
    if (is_zeros(self->block))
        return 0;
    return blocks_feed(self, self->block, BLOCK_BYTES, self->block_offset, err);
}

static int whole_blocks(struct compare_content *self, const uint8_t *bytes, size_t n,
                        uint64_t offset, struct error *err)
{
    for (size_t at = 0; at < n;) {
        size_t begin = at;
        while (at < n && !is_zeros(bytes + at))
            at += BLOCK_BYTES;
        if (at > begin && blocks_feed(self, bytes + begin, at - begin, offset + begin, err) < 0)
            return -1;
        while (at < n && is_zeros(bytes + at))
            at += BLOCK_BYTES;
    }
    return 0;
}

static int piece_add(struct compare_content *self, const struct content *piece, struct error *err)
{
    const uint8_t *bytes = piece->bytes;
    for (size_t at = 0; at < piece->n;) {
        uint64_t offset = piece->offset + at;
        size_t within = offset % BLOCK_BYTES, rest = piece->n - at, n;
        if (self->block_used && self->block_offset != offset - within && block_end(self, err) < 0)
            return -1;
        if (within == 0 && rest >= BLOCK_BYTES) {
            n = rest - rest % BLOCK_BYTES;
            if (whole_blocks(self, bytes + at, n, offset, err) < 0)
                return -1;
        } else {
            n = rest < BLOCK_BYTES - within ? rest : BLOCK_BYTES - within;
            if (!self->block_used)
                memset(self->block, 0, BLOCK_BYTES);
            self->block_used = true;
            self->block_offset = offset - within;
            memcpy(self->block + within, bytes + at, n);
        }
        at += n;
    }
    return 0;
}

int compare_content_read(struct compare_content *self, struct source *source,
                         struct compare_bits *out, struct error *err)
{
    struct content piece;
    size_t n;
    int rc;

    self->run_length = 0;
    self->block_used = false;
    if (!libcrypto()->EVP_MAC_init(self->context, self->key.byte, sizeof(self->key.byte), NULL))
        return openssl_failed(err);
    while ((rc = source_content(source, &piece, err)) > 0) {
        /* The caller has checked just before the first. */
        if ((piece.offset > 0 && cancel_check(err) < 0) || piece_add(self, &piece, err) < 0)
            return -1;
    }
    if (rc < 0 || block_end(self, err) < 0 || run_end(self, err) < 0)
        return -1;
    return libcrypto()->EVP_MAC_final(self->context, out->byte, &n, sizeof(out->byte))
               ? 0
               : openssl_failed(err);
}
