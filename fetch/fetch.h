/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Downloads into a content-addressed cache: what other folders may use of fetch/.
 *
 * A file lies at CACHE/sha256/HEX once its digest is known; nothing with a wrong digest ever gets
 * a name there. Bytes are hashed while they are written. */
#ifndef LXKIT_FETCH_FETCH_H
#define LXKIT_FETCH_FETCH_H

#include <stdbool.h>
#include <stdint.h>

#include "core/digest.h"
#include "core/error.h"
#include "core/event.h"

struct fetch_request {
    const char *url;             /* https, http or file; a plain path is taken as a file */
    const struct sha256 *sha256; /* what it must be; NULL: unknown, allowed with a warning */
    uint64_t max_bytes;          /* refuse more (LIMIT); 0: FETCH_BYTES_MAX */
    bool offline; /* no network: the cache and local files only, NOT_FOUND for the rest */
};

struct fetch_result {
    char *path; /* of the file in the cache; malloc'd */
    struct sha256 sha256;
    uint64_t size;
    bool cached; /* it was there already (and has been hashed again) */
};

#define FETCH_BYTES_MAX (UINT64_C(64) << 30) /* of one download, where nothing else is said */

/* NETWORK for transport, NOT_FOUND for 404 and missing files, VERIFY for a wrong digest, LIMIT for
 * too many bytes, NO_SPACE, IO. On failure *out is all zeros and the cache is as it was, but for a
 * damaged entry of that digest, which is removed with a warning. */
int fetch_get(const struct fetch_request *request, struct events *events, struct fetch_result *out,
              struct error *err) MUST_CHECK;
void fetch_result_free(struct fetch_result *result);

#endif
