/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/size.h"

#include <stdbool.h>
#include <stdio.h>
#include <strings.h>

static const char units[] = "BKMGTPE";

enum {
    UNIT_BITS = 10,
};

/* "", "K", "KB" or "KiB": how many bits to shift by; negative for anything else. */
static int suffix_bits(const char *suffix)
{
    if (!*suffix)
        return 0;
    for (int i = 1; units[i]; i++) {
        if ((*suffix & ~0x20) != units[i])
            continue;
        const char *rest = suffix + 1;
        bool known = !*rest || strcasecmp(rest, "b") == 0 || strcasecmp(rest, "ib") == 0;
        return known ? i * UNIT_BITS : -1;
    }
    return -1;
}

int size_parse(uint64_t *out, const char *text, const char *what, struct error *err)
{
    uint64_t value = 0;
    const char *p = text;
    bool overflow = false;
    for (; *p >= '0' && *p <= '9'; p++)
        overflow |= __builtin_mul_overflow(value, 10u, &value) ||
                    __builtin_add_overflow(value, (uint64_t)(*p - '0'), &value);
    int bits = suffix_bits(p);
    if (p == text || bits < 0)
        return error_set(err, ERROR_USAGE,
                         "%s: '%s' is no size; write a whole number and K, M, G or T, such as 64G",
                         what, text);
    if (overflow || value > UINT64_MAX >> bits)
        return error_set(err, ERROR_USAGE, "%s: '%s' is too large; the limit is 16 EiB", what,
                         text);
    *out = value << bits;
    return 0;
}

const char *size_format(uint64_t bytes, char text[SIZE_TEXT_BYTES])
{
    if (bytes < 1u << UNIT_BITS) {
        snprintf(text, SIZE_TEXT_BYTES, "%u B", (unsigned)bytes);
        return text;
    }
    double value = (double)bytes;
    int unit = 0;
    while (value >= 1023.5 && units[unit + 1]) {
        value /= 1024;
        unit++;
    }
    int decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
    snprintf(text, SIZE_TEXT_BYTES, "%.*f %ciB", decimals, value, units[unit]);
    return text;
}
