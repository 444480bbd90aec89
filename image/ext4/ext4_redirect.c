/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ext4/ext4_redirect.h"

#include <stdlib.h>
#include <string.h>

enum {
    TABLE_SIZE_MIN = 1024, /* a power of two */
};

static const uint8_t journal_magic[4] = {0xc0, 0x3b, 0x39, 0x98};

struct slot {
    uint64_t block;
    uint64_t copy;    /* 0: none */
    uint32_t revoked; /* by this transaction, where is_revoked */
    bool used, is_revoked, escaped;
};

struct ext4_redirect {
    struct blockdev dev;
    struct blockdev *inner;
    uint32_t block_bytes;
    struct slot *table;
    size_t size, n;
};

static struct slot *slot_find(const struct ext4_redirect *self, uint64_t block)
{
    size_t i = (size_t)(block * UINT64_C(0x9E3779B97F4A7C15) >> 20) & (self->size - 1);
    while (self->table[i].used && self->table[i].block != block)
        i = (i + 1) & (self->size - 1);
    return &self->table[i];
}

static struct slot *slot_get(struct ext4_redirect *self, uint64_t block, struct error *err)
{
    if ((self->n + 1) * 2 > self->size) {
        struct ext4_redirect grown = {.size = self->size * 2};
        grown.table = calloc(grown.size, sizeof(*grown.table));
        if (!grown.table) {
            error_no_memory(err);
            return NULL;
        }
        for (size_t i = 0; i < self->size; i++) {
            if (self->table[i].used)
                *slot_find(&grown, self->table[i].block) = self->table[i];
        }
        free(self->table);
        self->table = grown.table;
        self->size = grown.size;
    }
    struct slot *slot = slot_find(self, block);
    if (!slot->used) {
        *slot = (struct slot){.block = block, .used = true};
        self->n++;
    }
    return slot;
}

int ext4_redirect_revoke(struct ext4_redirect *self, uint64_t block, uint32_t sequence,
                         struct error *err)
{
    struct slot *slot = slot_get(self, block, err);
    if (!slot)
        return -1;
    /* Sequence numbers wrap: the later one is less than half the circle ahead. */
    if (!slot->is_revoked || (int32_t)(sequence - slot->revoked) > 0)
        slot->revoked = sequence;
    slot->is_revoked = true;
    return 0;
}

int ext4_redirect_add(struct ext4_redirect *self, uint64_t block, uint64_t copy, uint32_t sequence,
                      bool escaped, struct error *err)
{
    struct slot *slot = slot_get(self, block, err);
    if (!slot)
        return -1;
    if (slot->is_revoked && (int32_t)(slot->revoked - sequence) >= 0)
        return 0;
    slot->copy = copy;
    slot->escaped = escaped;
    return 0;
}

/* ---- the device ---- */

/* n bytes at off within one block. */
static int piece_read(struct ext4_redirect *self, uint8_t *buf, size_t n, uint64_t off,
                      struct error *err)
{
    const struct slot *slot = slot_find(self, off / self->block_bytes);
    uint64_t within = off % self->block_bytes;
    if (!slot->used || slot->copy == 0)
        return blockdev_pread(self->inner, buf, n, off, err);
    if (blockdev_pread(self->inner, buf, n, slot->copy * self->block_bytes + within, err) < 0)
        return -1;
    for (size_t i = 0; slot->escaped && i < n && within + i < sizeof(journal_magic); i++)
        buf[i] = journal_magic[within + i];
    return 0;
}

static int redirect_pread(struct blockdev *dev, void *buf, size_t n, uint64_t off,
                          struct error *err)
{
    struct ext4_redirect *self = (struct ext4_redirect *)dev;
    uint8_t *to = buf;
    while (n > 0) {
        size_t part = self->block_bytes - off % self->block_bytes;
        if (part > n)
            part = n;
        if (piece_read(self, to, part, off, err) < 0)
            return -1;
        to += part;
        off += part;
        n -= part;
    }
    return 0;
}

static int redirect_extent(struct blockdev *dev, uint64_t off, struct extent *out,
                           struct error *err)
{
    (void)err;
    *out = (struct extent){.offset = off, .length = dev->size - off, .allocated = true};
    return 0;
}

static int redirect_close(struct blockdev *dev, struct error *err)
{
    struct ext4_redirect *self = (struct ext4_redirect *)dev;
    struct blockdev *inner = self->inner;
    ext4_redirect_free(self);
    return blockdev_close(inner, err);
}

static void redirect_abandon(struct blockdev *dev)
{
    struct ext4_redirect *self = (struct ext4_redirect *)dev;
    blockdev_abandon(self->inner);
    ext4_redirect_free(self);
}

static int redirect_flush(struct blockdev *dev, struct error *err)
{
    (void)dev, (void)err;
    return 0;
}

static const struct blockdev_ops redirect_ops = {
    .pread = redirect_pread,
    .extent = redirect_extent,
    .flush = redirect_flush,
    .close = redirect_close,
    .abandon = redirect_abandon,
};

int ext4_redirect_new(struct ext4_redirect **out, uint32_t block_bytes, struct error *err)
{
    struct ext4_redirect *self = calloc(1, sizeof(*self));
    if (!self)
        return error_no_memory(err);
    self->block_bytes = block_bytes;
    self->size = TABLE_SIZE_MIN;
    self->table = calloc(self->size, sizeof(*self->table));
    if (!self->table) {
        free(self);
        return error_no_memory(err);
    }
    *out = self;
    return 0;
}

void ext4_redirect_free(struct ext4_redirect *self)
{
    if (!self)
        return;
    free(self->table);
    free(self);
}

struct blockdev *ext4_redirect_device(struct ext4_redirect *self, struct blockdev *dev)
{
    self->inner = dev;
    self->dev = (struct blockdev){.ops = &redirect_ops, .size = dev->size};
    return &self->dev;
}
