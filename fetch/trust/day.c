/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/day.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

bool day_parse(const char *text, int64_t *first, int64_t *last)
{
    struct tm day = {0};
    const char *end = strptime(text, "%Y-%m-%d", &day);
    if (!end || *end || strlen(text) != DAY_BYTES - 1)
        return false;
    int of_month = day.tm_mday;
    *first = timegm(&day);
    if (day.tm_mday != of_month) /* February 30 is none */
        return false;
    *last = *first + SECONDS_A_DAY - 1;
    return true;
}

const char *instant_format(int64_t seconds, char out[INSTANT_BYTES])
{
    time_t time = seconds;
    struct tm parts;
    if (!gmtime_r(&time, &parts) || !strftime(out, INSTANT_BYTES, "%Y-%m-%dT%H:%M:%SZ", &parts))
        strcpy(out, "?");
    return out;
}

const char *day_format(int64_t seconds, char out[DAY_BYTES])
{
    char instant[INSTANT_BYTES];
    snprintf(out, DAY_BYTES, "%.*s", DAY_BYTES - 1, instant_format(seconds, instant));
    return out;
}

bool day_window_check(const struct trust_key *key, int64_t signed_at, int64_t now, char *reason,
                      size_t size)
{
    char when[DAY_BYTES], limit[DAY_BYTES];
    day_format(signed_at, when);
    if (signed_at > now + TRUST_CLOCK_SECONDS)
        snprintf(reason, size,
                 "it is signed on %s, which is in the future; check the clock of this machine",
                 when);
    else if (signed_at < key->use_from)
        snprintf(reason, size, "it is signed on %s, and %s is accepted from %s on", when, key->name,
                 day_format(key->use_from, limit));
    else if (signed_at > key->use_until)
        snprintf(reason, size,
                 "it is signed on %s, and %s is accepted until %s; a newer lxkit may know the key "
                 "that followed it",
                 when, key->name, day_format(key->use_until, limit));
    else
        return true;
    return false;
}
