/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Numbers that look random and follow from a seed, on every machine the same (splitmix64). */
#ifndef LXKIT_TESTS_UNIT_PRNG_H
#define LXKIT_TESTS_UNIT_PRNG_H

#include <stdbool.h>
#include <stdint.h>

struct prng {
    uint64_t state;
};

static inline uint64_t prng_next(struct prng *prng)
{
    uint64_t z = prng->state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 to n - 1; n is at least 1. */
static inline uint32_t prng_below(struct prng *prng, uint32_t n)
{
    return (uint32_t)((prng_next(prng) >> 32) * n >> 32);
}

/* low to high, both included. */
static inline uint32_t prng_between(struct prng *prng, uint32_t low, uint32_t high)
{
    return low + prng_below(prng, high - low + 1);
}

static inline bool prng_one_in(struct prng *prng, uint32_t n)
{
    return prng_below(prng, n) == 0;
}

#endif
