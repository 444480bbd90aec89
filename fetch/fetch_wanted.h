/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What a file has to be: a checksum that may know nothing at all. */
#ifndef LXKIT_FETCH_FETCH_WANTED_H
#define LXKIT_FETCH_FETCH_WANTED_H

#include <stdbool.h>

#include "core/error.h"
#include "fetch/trust/checksum.h"

/* Whether a file can be held against it. */
static inline bool fetch_wanted_known(const struct checksum *wanted)
{
    return wanted->has_sha256 || wanted->has_sha512;
}

/* VERIFY, with both digests in the message, where found is not what is wanted. */
int fetch_wanted_check(const struct checksum *wanted, const struct checksum *found,
                       struct error *err) MUST_CHECK;
/* The SHA-512 as lower-case hexadecimal digits. */
void fetch_wanted_name(const struct checksum *wanted, char hex[CHECKSUM_HEX_BYTES]);

#endif
