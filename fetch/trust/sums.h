/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Checksum lists, in the forms that distributions publish:
 *
 *     HEX  name             GNU coreutils; one blank, two, or " *" between them
 *     SHA256 (name) = HEX   BSD
 *     # name: N bytes       Fedora: the size of a file that has a line of its own
 *     # SHA512 HASH         Gentoo: the algorithm of the GNU lines from here on
 *
 * HEX is SHA-256 or SHA-512 in either case, with or without "0x". Lines of other algorithms, empty
 * lines and whatever else stands in the file are passed over, and so are names with a control
 * character. A name that comes twice must have the same checksum twice.
 *
 * A list proves nothing by itself: verify it before parsing it. */
#ifndef LXKIT_FETCH_TRUST_SUMS_H
#define LXKIT_FETCH_TRUST_SUMS_H

#include "fetch/trust/checksum.h"

enum {
    SUMS_ENTRIES_MAX = 8192,
    SUMS_NAME_BYTES_MAX = 1024, /* longer names are passed over */
};

struct sums_entry {
    char *name;
    struct checksum is;
    bool has_size;
    uint64_t size;
};

struct sums {
    char *label; /* the list's own name, for messages */
    struct sums_entry *entries;
    size_t n;
    size_t capacity;
};

/* VERIFY where a name has two different checksums or sizes, where no line is one of a list, or
 * where there are too many. text need not end with a NUL. */
int sums_parse(struct sums **out, const char *text, size_t n, const char *label,
               struct error *err) MUST_CHECK;
void sums_free(struct sums *sums);

/* The entry whose name, less its directories, is exactly `name`. VERIFY where there is none, or
 * where two directories have different files of that name. The entry belongs to sums. */
int sums_find(const struct sums *sums, const char *name, const struct sums_entry **out,
              struct error *err) MUST_CHECK;
/* The one entry of a list that speaks of one file alone, whatever it calls it (openSUSE's aliases);
 * VERIFY where there are more. */
int sums_single(const struct sums *sums, const struct sums_entry **out,
                struct error *err) MUST_CHECK;

static inline void sums_freep(struct sums **sums)
{
    sums_free(*sums);
}

#define AUTO_SUMS CLEANUP(sums_freep)

#endif
