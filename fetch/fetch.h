/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Downloads into a content-addressed cache: what other folders may use of fetch/.
 *
 * A file lies at CACHE/sha256/HEX once its digest is known; nothing with a wrong digest ever gets
 * a name there. Bytes are hashed while they are written. A download that was cut short goes on
 * where it ended, as long as the server's file is still the same one. */
#ifndef LXKIT_FETCH_FETCH_H
#define LXKIT_FETCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/event.h"
#include "fetch/trust.h"
#include "fetch/trust/checksum.h"

/* How long and how often to try. */
struct fetch_patience {
    unsigned retries;       /* further rounds over all addresses, after what may pass */
    unsigned delay_ms;      /* before the first of them; doubled for each further one */
    unsigned stall_seconds; /* with less than FETCH_STALL_BYTES a second end one try */
    unsigned total_seconds; /* end it all, waiting included */
};

extern const struct fetch_patience fetch_patience_default;

struct fetch_request {
    const char *url;                 /* https, http or file; a plain path is taken as a file */
    const char *const *mirrors;      /* more addresses of the same file, up to a NULL; NULL: none */
    const struct sha256 *sha256;     /* what it must be; NULL: see below */
    const struct checksum *checksum; /* the same, as lists tell it; all that is given must hold */
    uint64_t size;                   /* exactly this many bytes (VERIFY); 0: not known */
    uint64_t max_bytes;              /* refuse more (LIMIT); 0: FETCH_BYTES_MAX */
    const struct fetch_patience *patience; /* NULL: fetch_patience_default */
    bool offline; /* no network: the cache and local files only, NOT_FOUND for the rest */
    bool no_sync; /* leave out flushing: benchmarks and throw-away CI only */
    /* Without a digest an HTML page is refused (VERIFY), as it mostly is the login page of some
     * network, and a warning says that nothing proves the rest. These two take that back, for the
     * caller who asks for a page, and for one who checks a signature over what comes. */
    bool html;
    bool unproven;
};

struct fetch_result {
    char *path; /* of the file in the cache; malloc'd */
    /* What was hashed, open for reading: use this where nobody must be able to put another file
     * in its place, by "/dev/fd/N" or after lseek(); the position is 0. While it is open, the
     * cache keeps the file. Valid where path is not NULL. */
    int fd;
    struct sha256 sha256;
    uint64_t size;
    bool cached; /* it was there already (and has been hashed again) */
};

#define FETCH_BYTES_MAX (UINT64_C(64) << 30) /* of one download, where nothing else is said */

enum {
    FETCH_STALL_BYTES = 1000, /* fewer of them a second are a stall */
};

/* NETWORK for transport, NOT_FOUND for 404 and missing files, VERIFY for content that is not what
 * was asked for, LIMIT for too many bytes, NO_SPACE, IO, BUSY where another process downloads the
 * same file and does not come to an end. Of several addresses that fail, one with wrong content is
 * reported before others. On failure *out is all zeros and the cache's files are as they were, but
 * for a damaged one of that digest, which is removed with a warning.
 *
 * Without a digest the file is downloaded each time; offline, the last one from that address. */
int fetch_get(const struct fetch_request *request, struct events *events, struct fetch_result *out,
              struct error *err) MUST_CHECK;
void fetch_result_free(struct fetch_result *result);
/* Likewise, and takes it out of the cache: it came without a digest, and is not what it should be.
 */
void fetch_discard(struct fetch_result *result);

#endif
