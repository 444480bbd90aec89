/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache: files by their SHA-256.
 *
 *     CACHE/sha256/HEX        whole files; the name is the digest
 *     CACHE/partial/N.part    downloads under way (fetch_part.h)
 *
 * CACHE is paths_cache(). Nothing is made before the first download. An entry is never believed: it
 * is hashed each time before it is used. */
#ifndef LXKIT_FETCH_FETCH_CACHE_H
#define LXKIT_FETCH_FETCH_CACHE_H

#include "core/digest.h"
#include "core/error.h"
#include "core/event.h"
#include "fetch/fetch.h"

enum {
    FETCH_CACHE_MODE = 0700, /* of directories in the cache */
    FETCH_ENTRY_MODE = 0644,
};

struct fetch_cache {
    char *entries;  /* CACHE/sha256 */
    char *partials; /* CACHE/partial */
};

int fetch_cache_open(struct fetch_cache *out, struct error *err) MUST_CHECK;
void fetch_cache_close(struct fetch_cache *cache);

/* Where the entry of that digest is, or would be; malloc'd. */
int fetch_cache_path(const struct fetch_cache *cache, const struct sha256 *sum, char **out,
                     struct error *err) MUST_CHECK;
/* 1 with *out filled where there is a sound entry, 0 where there is none. A damaged one is removed,
 * with a warning. */
int fetch_cache_find(const struct fetch_cache *cache, const struct sha256 *sum,
                     struct events *events, struct fetch_result *out, struct error *err) MUST_CHECK;
/* Writes the entry to the descriptor `to` (name is for messages), hashing it once more on the way:
 * VERIFY where it is not what it was. */
int fetch_cache_copy(const struct fetch_result *entry, int to, const char *name,
                     struct error *err) MUST_CHECK;

#define AUTO_FETCH_CACHE CLEANUP(fetch_cache_close)

#endif
