/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef LXKIT_CORE_HEX_H
#define LXKIT_CORE_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a hexadecimal digit stands for; -1: it is none. */
static inline int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* n bytes from 2 * n digits; false where one of those is none, with out changed. */
static inline bool hex_bytes(uint8_t *out, const char *hex, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        int high = hex_digit(hex[2 * i]);
        int low = high < 0 ? -1 : hex_digit(hex[2 * i + 1]);
        if (low < 0)
            return false;
        out[i] = (uint8_t)(high << 4 | low);
    }
    return true;
}

#endif
