/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/blocks.h"

#include <stdbool.h>
#include <string.h>

#include "core/cancel.h"

enum {
    CANCEL_BYTES = 1 << 20, /* between two looks for a signal */
};

static const uint8_t zero_block[BLOCK_BYTES];

static bool block_is_zero(const uint8_t *block)
{
    return memcmp(block, zero_block, 16) == 0 && memcmp(block, zero_block, BLOCK_BYTES) == 0;
}

/* The block that comes next. */
static uint64_t next_block(const struct blocks *self)
{
    return (self->at - self->carried) / BLOCK_BYTES;
}

/* n blocks from logical on, of which all before are dealt with but for self->zeros. */
static int data_put(struct blocks *self, const uint8_t *bytes, size_t n, uint64_t logical,
                    struct error *err)
{
    if (n == 0)
        return 0;
    for (; self->zeros > 0; self->zeros--) {
        if (self->write(self, zero_block, 1, logical - self->zeros, err) < 0)
            return -1;
    }
    return self->write(self, bytes, n, logical, err);
}

/* n blocks of zeros from logical on. Those that may yet become a hole wait in self->zeros; a hole
 * that is whole is forgotten. */
static int zeros_put(struct blocks *self, uint64_t n, uint64_t logical, struct error *err)
{
    const uint64_t unit = self->hole_blocks;
    while (n > 0) {
        uint64_t in_unit = logical & (unit - 1);
        uint64_t part = in_unit == 0 && n >= unit ? n & ~(unit - 1) : unit - in_unit;
        if (part > n)
            part = n;
        if (in_unit != self->zeros) { /* there is data in this unit */
            for (uint64_t i = 0; i < part; i++) {
                if (self->write(self, zero_block, 1, logical + i, err) < 0)
                    return -1;
            }
        } else {
            self->zeros = (self->zeros + part) & (unit - 1);
        }
        logical += part;
        n -= part;
    }
    return 0;
}

/* Whole blocks, zeros among them sorted out. */
static int blocks_sift(struct blocks *self, const uint8_t *bytes, size_t n, uint64_t logical,
                       struct error *err)
{
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && !block_is_zero(bytes + end * BLOCK_BYTES))
            end++;
        if (data_put(self, bytes + at * BLOCK_BYTES, end - at, logical + at, err) < 0)
            return -1;
        at = end;
        while (end < n && block_is_zero(bytes + end * BLOCK_BYTES))
            end++;
        if (zeros_put(self, end - at, logical + at, err) < 0)
            return -1;
        at = end;
    }
    return 0;
}

static int carry_flush(struct blocks *self, struct error *err)
{
    if (self->carried == 0)
        return 0;
    memset(self->carry + self->carried, 0, BLOCK_BYTES - self->carried);
    uint64_t logical = next_block(self);
    self->carried = 0;
    return blocks_sift(self, self->carry, 1, logical, err);
}

/* Moves on over a hole. */
static int skip_to(struct blocks *self, uint64_t offset, struct error *err)
{
    uint64_t block = next_block(self) + (self->carried > 0);
    if (offset / BLOCK_BYTES != next_block(self)) {
        if (carry_flush(self, err) < 0 ||
            zeros_put(self, offset / BLOCK_BYTES - block, block, err) < 0)
            return -1;
    }
    size_t carried = offset % BLOCK_BYTES;
    memset(self->carry + self->carried, 0, carried - self->carried);
    self->carried = carried;
    self->at = offset;
    return 0;
}

static int bytes_take(struct blocks *self, const uint8_t *bytes, size_t n, struct error *err)
{
    if (self->carried > 0) {
        size_t part = BLOCK_BYTES - self->carried;
        if (part > n)
            part = n;
        memcpy(self->carry + self->carried, bytes, part);
        self->carried += part;
        self->at += part;
        bytes += part;
        n -= part;
        if (self->carried == BLOCK_BYTES && carry_flush(self, err) < 0)
            return -1;
    }
    size_t whole = n / BLOCK_BYTES;
    uint64_t logical = self->at / BLOCK_BYTES;
    size_t rest = n % BLOCK_BYTES;
    self->at += n;
    if (blocks_sift(self, bytes, whole, logical, err) < 0)
        return -1;
    if (rest > 0) {
        memcpy(self->carry, bytes + n - rest, rest);
        self->carried = rest;
    }
    return 0;
}

int blocks_take(struct blocks *self, struct source *content, uint64_t size, struct error *err)
{
    struct content piece;
    int rc;

    self->at = self->carried = 0;
    self->zeros = 0;
    while ((rc = source_content(content, &piece, err)) > 0) {
        if (piece.offset < self->at || piece.offset > size || piece.n > size - piece.offset)
            return error_set(err, ERROR_DAMAGED,
                             "a piece of content at %llu does not fit the file's %llu bytes; "
                             "download or make the archive again",
                             (unsigned long long)piece.offset, (unsigned long long)size);
        bool look = piece.offset / CANCEL_BYTES != (piece.offset + piece.n) / CANCEL_BYTES;
        if ((look && cancel_check(err) < 0) ||
            (piece.offset > self->at && skip_to(self, piece.offset, err) < 0) ||
            bytes_take(self, piece.bytes, piece.n, err) < 0)
            return -1;
    }
    return rc < 0 ? -1 : carry_flush(self, err);
}
