/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_name_read.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistr.h>

#include "image/entry.h"
#include "image/ntfs/ntfs_lxfs.h"

enum {
    ESCAPE_BASE = 0xf000,
    REPLACEMENT = 0xfffd,
    HIGH_SURROGATE = 0xd800,
    LOW_SURROGATE = 0xdc00,
    SURROGATES_END = 0xe000,
    SUFFIX_BYTES = 10, /* "~", eight digits and a NUL */
};

/* Only what wslfs would have moved up comes down again: other private characters are names. */
static uint16_t unescape(uint16_t unit)
{
    unsigned c = unit - (unsigned)ESCAPE_BASE;
    bool moved = c > 0 && c < 0x80 && (c < ' ' || strchr("\"*:<>?\\|", (int)c));
    return moved ? (uint16_t)c : unit;
}

static size_t character_put(char *to, uint32_t c)
{
    size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n; i-- > 1; c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(first[n] | c);
    return n;
}

static size_t units_put(const uint16_t *units, size_t n, char *text, bool *whole)
{
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = units[i];
        bool pair = c >= HIGH_SURROGATE && c < LOW_SURROGATE && i + 1 < n &&
                    units[i + 1] >= LOW_SURROGATE && units[i + 1] < SURROGATES_END;
        if (pair) {
            c = 0x10000 + ((c - HIGH_SURROGATE) << 10) + (units[++i] - (unsigned)LOW_SURROGATE);
        } else if (c == 0 || c == '/' || (c >= HIGH_SURROGATE && c < SURROGATES_END)) {
            c = REPLACEMENT;
            *whole = false;
        }
        used += character_put(text + used, c);
    }
    text[used] = '\0';
    return used;
}

static void units_get(uint16_t *to, const uint8_t *units, size_t n)
{
    for (size_t i = 0; i < n; i++)
        to[i] = (uint16_t)(units[2 * i] | units[2 * i + 1] << 8);
}

size_t ntfs_name_text(const uint8_t *units, size_t length, enum ntfs_generation generation,
                      char text[NTFS_NAME_TEXT_BYTES], bool *whole)
{
    uint16_t copy[NTFS_NAME_UNITS_MAX];

    *whole = true;
    units_get(copy, units, length);
    if (generation == NTFS_LXFS) {
        length = ntfs_lxfs_unescape(copy, length);
    } else {
        for (size_t i = 0; i < length; i++)
            copy[i] = unescape(copy[i]);
    }
    return units_put(copy, length, text, whole);
}

size_t ntfs_name_text_raw(const uint8_t *units, size_t length, char text[NTFS_NAME_TEXT_BYTES])
{
    uint16_t copy[NTFS_NAME_UNITS_MAX];
    bool whole;

    units_get(copy, units, length);
    return units_put(copy, length, text, &whole);
}

char *ntfs_name_path(const uint8_t *units, size_t length)
{
    uint16_t *copy = calloc(length + 1, sizeof(*copy));
    char *text = malloc(3 * length + 1), *end = text;

    if (!copy || !text) {
        free(copy);
        free(text);
        return NULL;
    }
    units_get(copy, units, length);
    for (size_t from = 0; from <= length; from++) { /* component by component */
        bool whole;
        size_t n = 0;
        while (from + n < length && copy[from + n] != '\\' && copy[from + n] != '/') {
            copy[from + n] = unescape(copy[from + n]);
            n++;
        }
        end += units_put(copy + from, n, end, &whole);
        from += n;
        if (from < length)
            *end++ = '/';
    }
    *end = '\0';
    free(copy);
    return text;
}

static size_t unit_put(uint8_t *units, size_t at, uint32_t unit)
{
    units[2 * at] = (uint8_t)unit;
    units[2 * at + 1] = (uint8_t)(unit >> 8);
    return at + 1;
}

/* One character, or one half of a pair that UTF-8 does not know; *used: its bytes. */
static uint32_t character_get(const uint8_t *text, size_t n, size_t *used)
{
    ucs4_t c;
    int bytes = u8_mbtoucr(&c, text, n);
    if (bytes > 0) {
        *used = (size_t)bytes;
        return c;
    }
    bool half = n >= 3 && text[0] == 0xed && text[1] >= 0xa0;
    *used = half ? 3 : 1;
    return half ? 0xd000 | (text[1] & 0x3fU) << 6 | (text[2] & 0x3fU) : REPLACEMENT;
}

size_t ntfs_name_units(uint8_t units[2 * NTFS_NAME_UNITS_MAX], const char *text, size_t n)
{
    size_t length = 0, used;
    for (size_t i = 0; i < n; i += used) {
        uint32_t c = character_get((const uint8_t *)text + i, n - i, &used);
        if (length + (c > 0xffff) >= NTFS_NAME_UNITS_MAX)
            break;
        if (c > 0xffff)
            length = unit_put(units, length, HIGH_SURROGATE + ((c - 0x10000) >> 10));
        length = unit_put(units, length, c > 0xffff ? LOW_SURROGATE + (c & 0x3ff) : c);
    }
    return length;
}

static size_t replace(char *text, size_t n, uint32_t number)
{
    char suffix[SUFFIX_BYTES];
    size_t suffix_n = (size_t)snprintf(suffix, sizeof(suffix), "~%x", number);

    if (n > NAME_BYTES_MAX - suffix_n) {
        n = NAME_BYTES_MAX - suffix_n;
        while (n > 0 && ((uint8_t)text[n] & 0xc0) == 0x80) /* whole characters */
            n--;
    }
    memcpy(text + n, suffix, suffix_n + 1);
    return n + suffix_n;
}

const char *ntfs_name_fit(char text[NTFS_NAME_TEXT_BYTES + NAME_BYTES_MAX], size_t *n, bool whole,
                          uint32_t number)
{
    bool dots = strcmp(text, ".") == 0 || strcmp(text, "..") == 0;
    if (whole && !dots && *n <= NAME_BYTES_MAX)
        return NULL;
    const char *why = *n > NAME_BYTES_MAX ? "has more than 255 bytes in UTF-8"
                      : dots              ? "is one that Linux keeps for itself"
                                          : "is no text that UTF-8 can hold";
    *n = replace(text, *n, number);
    return why;
}
