/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_clock.h"

#include <time.h>

#include "core/cancel.h"

enum {
    SLICE_MS = 50, /* between two looks for a signal */
};

int64_t fetch_clock_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t fetch_clock_pause(unsigned delay_ms, unsigned round, uint32_t chance)
{
    int64_t pause = delay_ms;
    while (round-- > 0 && pause < FETCH_PAUSE_MS_MAX)
        pause *= 2;
    if (pause > FETCH_PAUSE_MS_MAX)
        pause = FETCH_PAUSE_MS_MAX;
    return pause - (pause / 2 * (chance % 1024)) / 1024;
}

int fetch_clock_sleep(int64_t ms, struct error *err)
{
    const int64_t end = fetch_clock_now() + ms;
    for (;;) {
        if (cancel_check(err) < 0)
            return -1;
        int64_t left = end - fetch_clock_now();
        if (left <= 0)
            return 0;
        if (left > SLICE_MS)
            left = SLICE_MS;
        nanosleep(&(struct timespec){.tv_nsec = left * 1000000}, NULL);
    }
}
