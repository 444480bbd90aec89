/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_name.h"

#include <string.h>
#include <unistr.h>

#include "core/crc32c.h"
#include "image/entry.h"

enum {
    ESCAPE_BASE = 0xf000,
    REPLACEMENT = 0xfffd,
};

/* The characters below U+0080 that are moved. */
static bool is_escaped(uint32_t c)
{
    return (c > 0 && c < ' ') || (c < 0x80 && c != 0 && strchr("\"*:<>?\\|", (int)c));
}

/* What one of them is moved to, and read back as it. */
static bool is_escape(uint32_t c)
{
    return c >= ESCAPE_BASE && is_escaped(c - ESCAPE_BASE);
}

/* Appends a character; false where there is no room. */
static bool put(struct ntfs_name *name, uint32_t c)
{
    size_t need = c > 0xffff ? 2 : 1;
    if (name->length + need > NTFS_NAME_UNITS_MAX)
        return false;
    if (need == 2) {
        name->units[name->length++] = (uint16_t)(0xd800 + ((c - 0x10000) >> 10));
        name->units[name->length++] = (uint16_t)(0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
        name->units[name->length++] = (uint16_t)(is_escaped(c) ? ESCAPE_BASE + c : c);
    }
    return true;
}

static size_t utf8_bytes(uint32_t c)
{
    return c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
}

/* "name~0123abcd": what cannot be kept as U+FFFD, cut where Linux would find it too long. */
static void replace(struct ntfs_name *out, const char *text, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *at = (const uint8_t *)text;
    uint32_t sum = ~crc32c(UINT32_MAX, text, n);
    size_t bytes = NTFS_NAME_SUFFIX_UNITS; /* that it reads back as */

    out->length = 0;
    while (n > 0) {
        ucs4_t c;
        int used = u8_mbtoucr(&c, at, n);
        if (used <= 0 || is_escape(c))
            c = REPLACEMENT;
        if (used <= 0)
            used = 1;
        bytes += utf8_bytes(c);
        if (bytes > NAME_BYTES_MAX || !put(out, c))
            break;
        at += used;
        n -= (size_t)used;
    }
    out->units[out->length++] = '~';
    for (int shift = 28; shift >= 0; shift -= 4)
        out->units[out->length++] = (uint16_t)digits[sum >> shift & 15];
}

bool ntfs_name_make(struct ntfs_name *out, const char *text, size_t n)
{
    const uint8_t *at = (const uint8_t *)text;

    out->length = 0;
    for (size_t i = 0; i < n;) {
        ucs4_t c = at[i];
        int used = c < 0x80 ? 1 : u8_mbtoucr(&c, at + i, n - i);
        if (used <= 0 || is_escape(c) || !put(out, c)) {
            replace(out, text, n);
            return false;
        }
        i += (size_t)used;
    }
    return true;
}

int ntfs_name_compare(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b,
                      const uint16_t *upcase)
{
    size_t n = n_a < n_b ? n_a : n_b;
    for (size_t i = 0; i < n; i++) {
        uint16_t x = upcase[a[i]], y = upcase[b[i]];
        if (x != y)
            return x < y ? -1 : 1;
    }
    if (n_a != n_b)
        return n_a < n_b ? -1 : 1;
    for (size_t i = 0; i < n; i++) {
        if (a[i] != b[i])
            return a[i] < b[i] ? -1 : 1;
    }
    return 0;
}
