/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/armor.h"

#include <stdio.h>
#include <string.h>

#include "core/libcrypto.h"
#include "fetch/trust/line.h"

enum {
    GROUP = 4, /* characters of base64 that stand for three bytes */
    MARK_BYTES = 64,
};

/* ---- base64 ---- */

static bool is_base64(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' ||
           c == '/';
}

bool base64_decode(const char *text, size_t n, uint8_t **out, size_t *size)
{
    size_t padding = 0;
    while (padding < 2 && padding < n && text[n - 1 - padding] == '=')
        padding++;
    if (n == 0 || n % GROUP != 0 || n > INT32_MAX)
        return false;
    for (size_t i = 0; i < n - padding; i++) {
        if (!is_base64(text[i]))
            return false;
    }

    AUTO_FREE uint8_t *bytes = malloc(n / GROUP * 3);
    if (!bytes || libcrypto()->EVP_DecodeBlock(bytes, (const uint8_t *)text, (int)n) < 0)
        return false;
    *size = n / GROUP * 3 - padding;
    *out = steal(&bytes);
    return true;
}

/* ---- armour ---- */

static int malformed(const char *kind, const char *what, struct error *err)
{
    return error_set(err, ERROR_DAMAGED, "the %s block %s; get the file again", kind, what);
}

/* The lines up to the empty one that ends the headers. */
static bool skip_headers(const char **at, const char *end)
{
    struct line line;
    while (line_next(at, end, &line)) {
        if (line_is_blank(&line))
            return true;
        if (!memmem(line.text, line.n, ": ", 2) && line.text[line.n - 1] != ':')
            return false;
    }
    return false;
}

int armor_decode(const char **at, const char *end, const char *kind, uint8_t **out, size_t *size,
                 struct error *err)
{
    char begin[MARK_BYTES], finish[MARK_BYTES];
    snprintf(begin, sizeof(begin), "-----BEGIN %s-----", kind);
    snprintf(finish, sizeof(finish), "-----END %s-----", kind);

    struct line line;
    if (!line_next(at, end, &line) || !line_is(&line, begin))
        return malformed(kind, "does not begin with its BEGIN line", err);
    if (!skip_headers(at, end))
        return malformed(kind, "has a damaged head", err);

    if (libcrypto_load(err) < 0)
        return -1;
    AUTO_FREE char *base64 = malloc((size_t)(end - *at) + 1);
    size_t n = 0;
    if (!base64)
        return error_no_memory(err);
    while (line_next(at, end, &line) && line.n > 0 && line.text[0] != '=' && line.text[0] != '-') {
        memcpy(base64 + n, line.text, line.n);
        n += line.n;
    }
    if (line.n > 0 && line.text[0] == '=' && !line_next(at, end, &line))
        return malformed(kind, "is cut short", err);
    if (!line_is(&line, finish))
        return malformed(kind, "does not end with its END line", err);
    if (!base64_decode(base64, n, out, size))
        return malformed(kind, "is no base64", err);
    return 0;
}
