/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Time: deadlines, and pauses that grow. */
#ifndef LXKIT_FETCH_FETCH_CLOCK_H
#define LXKIT_FETCH_FETCH_CLOCK_H

#include <stdint.h>

#include "core/error.h"

enum {
    FETCH_PAUSE_MS_MAX = 60 * 1000,    /* of a pause of our own */
    FETCH_RETRY_AFTER_MAX = 10 * 60,   /* seconds that a server may ask us to wait */
    FETCH_SECONDS_MAX = 7 * 24 * 3600, /* of any time that is asked for */
};

/* Milliseconds of the clock that nobody sets. */
int64_t fetch_clock_now(void);
/* How long to wait before the round-th further try (from 0): delay_ms doubled round times, within
 * FETCH_PAUSE_MS_MAX, and of that between half and all, by chance, so that many that failed
 * together do not come back together. */
int64_t fetch_clock_pause(unsigned delay_ms, unsigned round, uint32_t chance);
/* Sleeps, watching for signals. */
int fetch_clock_sleep(int64_t ms, struct error *err) MUST_CHECK;

#endif
