/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/fetch_wanted.h"

#include <string.h>

#define NEXT_STEP                                                                         \
    "nothing was kept: compare the digest with the publisher's, then try again, or from " \
    "another mirror"

void fetch_wanted_name(const struct checksum *wanted, char hex[CHECKSUM_HEX_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < SHA512_BYTES; i++) {
        hex[2 * i] = digits[wanted->sha512[i] >> 4];
        hex[2 * i + 1] = digits[wanted->sha512[i] & 15];
    }
    hex[CHECKSUM_HEX_BYTES - 1] = '\0';
}

int fetch_wanted_check(const struct checksum *wanted, const struct checksum *found,
                       struct error *err)
{
    char got[CHECKSUM_HEX_BYTES];
    char expected[CHECKSUM_HEX_BYTES];
    if (wanted->has_sha256 && !sha256_equal(&found->sha256, &wanted->sha256)) {
        sha256_format(&found->sha256, got);
        sha256_format(&wanted->sha256, expected);
        return error_set(err, ERROR_VERIFY, "the SHA-256 is %s, expected %s; " NEXT_STEP, got,
                         expected);
    }
    if (wanted->has_sha512 && memcmp(found->sha512, wanted->sha512, SHA512_BYTES) != 0) {
        fetch_wanted_name(found, got);
        fetch_wanted_name(wanted, expected);
        return error_set(err, ERROR_VERIFY,
                         "the SHA-512 is %.32s..., expected %.32s...; " NEXT_STEP, got, expected);
    }
    return 0;
}
