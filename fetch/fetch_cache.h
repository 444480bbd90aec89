/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The cache: files by their SHA-256.
 *
 *     CACHE/sha256/HEX       whole files; the name is the digest
 *     CACHE/names/NAME       symbolic links to them: what else is known of a file, its SHA-512 or
 *                            the digest of the address that it came from last
 *     CACHE/partial/KEY...   downloads under way (fetch_part.h)
 *
 * CACHE is paths_cache(). Nothing is made before the first download. Neither an entry nor a name is
 * ever believed: an entry is hashed each time before it is used, and what was hashed is used. Who
 * uses an entry holds a shared lock on it (flock), and what is locked is not pruned. */
#ifndef LXKIT_FETCH_FETCH_CACHE_H
#define LXKIT_FETCH_FETCH_CACHE_H

#include <stdbool.h>

#include "core/error.h"
#include "core/event.h"
#include "fetch/fetch.h"
#include "fetch/fetch_wanted.h"

enum {
    FETCH_CACHE_MODE = 0700, /* of directories in the cache */
    FETCH_ENTRY_MODE = 0644,
};

struct fetch_cache {
    char *entries;  /* CACHE/sha256 */
    char *names;    /* CACHE/names */
    char *partials; /* CACHE/partial */
};

/* DENIED where somebody else could put files into it. */
int fetch_cache_open(struct fetch_cache *out, struct error *err) MUST_CHECK;
void fetch_cache_close(struct fetch_cache *cache);

/* Where the entry of that digest is, or would be; malloc'd. */
int fetch_cache_path(const struct fetch_cache *cache, const struct sha256 *sum, char **out,
                     struct error *err) MUST_CHECK;
/* 1 with *out filled where there is a sound entry of that SHA-256 (or else SHA-512), 0 where there
 * is none. A damaged one is removed, with a warning. */
int fetch_cache_find(const struct fetch_cache *cache, const struct checksum *wanted,
                     struct events *events, struct fetch_result *out, struct error *err) MUST_CHECK;
/* Writes the entry to the descriptor `to` (name is for messages), hashing it once more on the way:
 * VERIFY where it is not what it was. */
int fetch_cache_copy(const struct fetch_result *entry, int to, const char *name,
                     struct error *err) MUST_CHECK;

/* Notes that the entry of that digest goes by that name too. That may fail in silence: a name only
 * saves work. */
void fetch_cache_remember(const struct fetch_cache *cache, const char *name,
                          const struct sha256 *sum);
/* Removes the names whose entries are gone. */
void fetch_cache_tidy_names(const struct fetch_cache *cache);
bool fetch_cache_recall(const struct fetch_cache *cache, const char *name, struct sha256 *out);

#define AUTO_FETCH_CACHE CLEANUP(fetch_cache_close)

#endif
