/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How many random trees a test takes, from the environment:
 *
 *     LXKIT_SEEDS=N   the first N      LXKIT_SEED=N   this one alone
 *     CHECK=full      10 000 */
#ifndef LXKIT_TESTS_UNIT_SEEDS_H
#define LXKIT_TESTS_UNIT_SEEDS_H

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* A sanitizer takes several times as long, and finds what it finds in few. */
#ifdef __has_feature
#define SEEDS_SANITIZED __has_feature(address_sanitizer)
#elif defined(__SANITIZE_ADDRESS__)
#define SEEDS_SANITIZED 1
#else
#define SEEDS_SANITIZED 0
#endif

enum {
    SEEDS = SEEDS_SANITIZED ? 50 : 200,
    SEEDS_FULL = 10000,
};

static inline uint64_t seed_number(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text ? strtoull(text, NULL, 10) : otherwise;
}

static inline void each_seed(void (*take)(uint64_t seed))
{
    const char *check = getenv("CHECK");
    bool full = check && strcmp(check, "full") == 0;
    uint64_t only = seed_number("LXKIT_SEED", UINT64_MAX);
    uint64_t n = seed_number("LXKIT_SEEDS", full ? SEEDS_FULL : SEEDS);
    if (only != UINT64_MAX)
        take(only);
    for (uint64_t seed = 0; only == UINT64_MAX && seed < n; seed++)
        take(seed);
}

#endif
