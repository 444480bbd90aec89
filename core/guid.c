/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/guid.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

#include "core/hex.h"

enum {
    GUID_TEXT = GUID_TEXT_BYTES - 1,
    VERSION_BYTE = 7, /* the upper half of data3's upper byte */
    VARIANT_BYTE = 8,
    VERSION_RANDOM = 4,
    VERSION_CUSTOM = 8, /* RFC 9562: made in a way of one's own */
};

/* Where the two digits of each byte stand in the text: the first three groups are little-endian. */
static const uint8_t positions[GUID_BYTES] = {6,  4,  2,  0,  11, 9,  16, 14,
                                              19, 21, 24, 26, 28, 30, 32, 34};

bool guid_equal(const struct guid *a, const struct guid *b)
{
    return memcmp(a->byte, b->byte, GUID_BYTES) == 0;
}

bool guid_is_zero(const struct guid *g)
{
    return guid_equal(g, &(struct guid){{0}});
}

void guid_format(const struct guid *g, char text[GUID_TEXT_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    memset(text, '-', GUID_TEXT);
    for (int i = 0; i < GUID_BYTES; i++) {
        text[positions[i]] = digits[g->byte[i] >> 4];
        text[positions[i] + 1] = digits[g->byte[i] & 15];
    }
    text[GUID_TEXT] = '\0';
}

void guid_format_braced(const struct guid *g, char text[GUID_BRACED_BYTES])
{
    guid_format(g, text + 1);
    text[0] = '{';
    text[1 + GUID_TEXT] = '}';
    text[1 + GUID_TEXT + 1] = '\0';
}

bool guid_parse(struct guid *out, const char *text)
{
    size_t n = strlen(text);
    if (n == GUID_TEXT + 2 && text[0] == '{' && text[n - 1] == '}')
        text++;
    else if (n != GUID_TEXT)
        return false;
    if (text[8] != '-' || text[13] != '-' || text[18] != '-' || text[23] != '-')
        return false;

    struct guid g;
    for (int i = 0; i < GUID_BYTES; i++) {
        int high = hex_digit(text[positions[i]]);
        int low = hex_digit(text[positions[i] + 1]);
        if (high < 0 || low < 0)
            return false;
        g.byte[i] = (uint8_t)(high << 4 | low);
    }
    *out = g;
    return true;
}

static void version_put(struct guid *g, unsigned version)
{
    g->byte[VERSION_BYTE] = (uint8_t)((g->byte[VERSION_BYTE] & 0x0f) | version << 4);
    g->byte[VARIANT_BYTE] = (uint8_t)((g->byte[VARIANT_BYTE] & 0x3f) | 0x80);
}

int guid_random(struct guid *out, struct error *err)
{
    if (getrandom(out->byte, GUID_BYTES, 0) != GUID_BYTES)
        return error_errno(err, errno, "get random numbers");
    version_put(out, VERSION_RANDOM);
    return 0;
}

int guid_derive(struct guid *out, const struct sha256 *identity, const char *label,
                struct error *err)
{
    struct digest *digest AUTO_DIGEST = NULL;
    struct sha256 sum;
    if (digest_new(&digest, err) < 0 ||
        digest_update(digest, identity->byte, SHA256_BYTES, err) < 0 ||
        digest_update(digest, label, strlen(label), err) < 0 ||
        digest_finish(digest, &sum, err) < 0)
        return -1;
    memcpy(out->byte, sum.byte, GUID_BYTES);
    version_put(out, VERSION_CUSTOM);
    return 0;
}
