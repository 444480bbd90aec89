/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies in the cache, for looking through and for making room. */
#ifndef LXKIT_FETCH_FETCH_ENTRIES_H
#define LXKIT_FETCH_FETCH_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "core/kind.h"
#include "fetch/fetch_cache.h"

struct fetch_entry {
    struct sha256 sha256; /* its name; for a part, all zeros */
    char *path;
    uint64_t size;
    time_t used; /* last */
    enum kind kind;
    bool busy;   /* some process has it in use right now */
    bool part;   /* a download under way, or one that was given up */
    bool remove; /* fetch_entries_choose() */
};

struct fetch_entries {
    struct fetch_entry *list; /* the one that was used longest ago comes first */
    size_t n;
    size_t capacity;
};

/* All files, then all parts. Files in CACHE/sha256 whose names are no digests are passed over. */
int fetch_entries_read(struct fetch_entries *out, const struct fetch_cache *cache,
                       struct error *err) MUST_CHECK;
void fetch_entries_free(struct fetch_entries *entries);

/* Whether the content is what the name says. */
int fetch_entry_check(const struct fetch_entry *entry, bool *sound, struct events *events,
                      struct error *err) MUST_CHECK;

/* What to remove. Parts always, and never what is busy. */
struct fetch_prune {
    time_t used_before; /* files that were used last before then */
    uint64_t max_bytes; /* and of the rest those used longest ago, until it has no more */
};

/* Pure: sets `remove` in each entry. */
void fetch_entries_choose(struct fetch_entries *entries, const struct fetch_prune *prune);
/* Removes it, unless it has become busy, which sets `busy`. */
int fetch_entry_remove(struct fetch_entry *entry, struct error *err) MUST_CHECK;

#define AUTO_FETCH_ENTRIES CLEANUP(fetch_entries_free)

#endif
