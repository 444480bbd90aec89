/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What was seen of each list, so that nobody can go back: a genuine older list is refused after a
 * newer one (rollback), one that has expired or is too old is refused (freeze), and so is one from
 * the future, which would shut out all that follow (fast-forward).
 *
 *     STATE/seen.json   {"version": 1, "seen": {SUBJECT: {"date": N, "version": N}}}
 *     STATE/seen.lock   held (flock) while the file is read and replaced
 *
 * STATE is paths_state(). Nothing is made before something is remembered. */
#ifndef LXKIT_FETCH_TRUST_SEEN_H
#define LXKIT_FETCH_TRUST_SEEN_H

#include <stdint.h>

#include "core/error.h"

enum {
    SEEN_BYTES_MAX = 4 << 20,
    SEEN_SUBJECT_BYTES_MAX = 2048,
    SEEN_LOCK_SECONDS = 10, /* to wait for another process */
};

/* Of one verified list. Times are seconds since 1970, 0 where there is none. */
struct sighting {
    const char *subject; /* which list: its URL, or the name of what it is about */
    int64_t date;        /* when it was signed, or says it was made */
    uint64_t version;    /* 0: it has none */
    int64_t min_date;    /* what is older was never good */
    int64_t expires;     /* the list's own */
    int64_t max_age;     /* in seconds: newer ones come more often */
    int64_t now;
};

/* VERIFY where it must not be used. DAMAGED where the file is no longer what it was. */
int seen_check(const struct sighting *sighting, struct error *err) MUST_CHECK;
/* Checks once more, and remembers it where it is newer than what was seen: to be called when all
 * else has been verified. BUSY, IO, NO_SPACE. */
int seen_remember(const struct sighting *sighting, struct error *err) MUST_CHECK;

#endif
