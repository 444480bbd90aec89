/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Little-endian integers as they lie on disk: byte structs, so that mixing them with host integers
 * does not compile, without alignment. */
#ifndef LXKIT_CORE_LE_H
#define LXKIT_CORE_LE_H

#include <stdint.h>

struct le16 {
    uint8_t byte[2];
};

struct le32 {
    uint8_t byte[4];
};

struct le64 {
    uint8_t byte[8];
};

static inline uint16_t le16_get(struct le16 v)
{
    return (uint16_t)(v.byte[0] | v.byte[1] << 8);
}

static inline uint32_t le32_get(struct le32 v)
{
    return (uint32_t)v.byte[0] | (uint32_t)v.byte[1] << 8 | (uint32_t)v.byte[2] << 16 |
           (uint32_t)v.byte[3] << 24;
}

static inline uint64_t le64_get(struct le64 v)
{
    uint64_t n = 0;
    for (int i = 7; i >= 0; i--)
        n = n << 8 | v.byte[i];
    return n;
}

static inline struct le16 le16_put(uint16_t n)
{
    return (struct le16){{(uint8_t)n, (uint8_t)(n >> 8)}};
}

static inline struct le32 le32_put(uint32_t n)
{
    return (struct le32){{(uint8_t)n, (uint8_t)(n >> 8), (uint8_t)(n >> 16), (uint8_t)(n >> 24)}};
}

static inline struct le64 le64_put(uint64_t n)
{
    struct le64 v;
    for (int i = 0; i < 8; i++)
        v.byte[i] = (uint8_t)(n >> (8 * i));
    return v;
}

#endif
