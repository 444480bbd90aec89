/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_text.h"

#include <stdint.h>

static size_t utf8_put(char *out, uint32_t c)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xc0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xe0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3f));
        out[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3f));
    out[2] = (char)(0x80 | (c >> 6 & 0x3f));
    out[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

void vhdx_text_get(char *text, const struct le16 *units, size_t n)
{
    size_t length = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = le16_get(units[i]);
        if (c == 0)
            break;
        if (c >= 0xd800 && c < 0xe000) {
            uint32_t low = i + 1 < n ? le16_get(units[i + 1]) : 0;
            if (c < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
                c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
                i++;
            } else {
                c = 0xfffd; /* half a surrogate pair */
            }
        }
        length += utf8_put(text + length, c);
    }
    text[length] = '\0';
}
