/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Days and instants as people read them, in UTC. */
#ifndef LXKIT_FETCH_TRUST_DAY_H
#define LXKIT_FETCH_TRUST_DAY_H

#include "fetch/trust/key.h"

enum {
    SECONDS_A_DAY = 86400,
    DAY_BYTES = sizeof("YYYY-MM-DD"),
    INSTANT_BYTES = sizeof("YYYY-MM-DDTHH:MM:SSZ"),
    TRUST_CLOCK_SECONDS = SECONDS_A_DAY, /* that a signature may be ahead of this clock */
};

/* The first and the last second, from "YYYY-MM-DD". False for anything else. */
bool day_parse(const char *text, int64_t *first, int64_t *last) MUST_CHECK;
/* Return out. What cannot be written so is "?". */
const char *day_format(int64_t seconds, char out[DAY_BYTES]);
const char *instant_format(int64_t seconds, char out[INSTANT_BYTES]);

/* Whether something signed then by key may be taken: within the key's window, and not from the
 * future. Otherwise the reason is written. */
bool day_window_check(const struct trust_key *key, int64_t signed_at, int64_t now, char *reason,
                      size_t size) MUST_CHECK;

#endif
