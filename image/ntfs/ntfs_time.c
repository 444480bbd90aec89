/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_time.h"

enum {
    UNITS_PER_SECOND = 10000000,
    UNIT_NS = 100,
};

/* From 1601 to 1970. */
#define EPOCH_SECONDS INT64_C(11644473600)

uint64_t ntfs_time(const struct entry_time *time, bool *exact)
{
    static const int64_t last = INT64_MAX / UNITS_PER_SECOND - EPOCH_SECONDS - 1;
    if (time->seconds < -EPOCH_SECONDS || time->seconds > last) {
        *exact = false;
        return time->seconds < 0 ? 0 : INT64_MAX;
    }
    return (uint64_t)(time->seconds + EPOCH_SECONDS) * UNITS_PER_SECOND +
           time->nanoseconds / UNIT_NS;
}

struct entry_time ntfs_time_back(uint64_t ticks)
{
    return (struct entry_time){
        .seconds = (int64_t)(ticks / UNITS_PER_SECOND) - EPOCH_SECONDS,
        .nanoseconds = (uint32_t)(ticks % UNITS_PER_SECOND * UNIT_NS),
    };
}
