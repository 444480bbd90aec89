/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/escape.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* First bytes, and what the second may be (RFC 3629, section 4); a third and fourth byte is 80-BF.
 */
static const struct {
    uint8_t first, last;
    uint8_t second_first, second_last;
    uint8_t length;
} utf8_leads[] = {
    {0x01, 0x7f, 0, 0, 1},       {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

size_t utf8_length(const char *text)
{
    const uint8_t *byte = (const uint8_t *)text;
    for (size_t i = 0; i < sizeof(utf8_leads) / sizeof(utf8_leads[0]); i++) {
        if (byte[0] < utf8_leads[i].first || byte[0] > utf8_leads[i].last)
            continue;
        size_t length = utf8_leads[i].length;
        if (length == 1)
            return 1;
        if (byte[1] < utf8_leads[i].second_first || byte[1] > utf8_leads[i].second_last)
            return 0;
        for (size_t k = 2; k < length; k++)
            if ((byte[k] & 0xc0) != 0x80)
                return 0;
        return length;
    }
    return 0;
}

/* C0, DEL, and C1 (U+0080 to U+009F), which some terminals obey too. */
static bool is_control(const char *text, size_t length)
{
    const uint8_t *byte = (const uint8_t *)text;
    if (length == 1)
        return byte[0] < 0x20 || byte[0] == 0x7f;
    return length == 2 && byte[0] == 0xc2 && byte[1] < 0xa0;
}

size_t escape_next(char out[ESCAPE_MAX], const char **text)
{
    static const char digits[] = "0123456789abcdef";
    size_t length = utf8_length(*text);
    if (length > 0 && !is_control(*text, length)) {
        memcpy(out, *text, length);
        *text += length;
        return length;
    }
    uint8_t byte = (uint8_t) * *text;
    if (byte == 0)
        return 0;
    memcpy(out, (char[]){'\\', 'x', digits[byte >> 4], digits[byte & 15]}, ESCAPE_MAX);
    ++*text;
    return ESCAPE_MAX;
}

size_t escape(char *out, size_t size, const char *text)
{
    char piece[ESCAPE_MAX];
    size_t n = 0;
    for (;;) {
        size_t length = escape_next(piece, &text);
        if (length == 0 || n + length >= size)
            break;
        memcpy(out + n, piece, length);
        n += length;
    }
    out[n] = '\0';
    return n;
}
