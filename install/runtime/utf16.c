/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/utf16.h"

#include <errno.h>
#include <string.h>
#include <unistr.h>

#include "core/le.h"

int utf16_encode(uint8_t **out, size_t *n, const char *text, struct error *err)
{
    size_t units = 0;
    AUTO_FREE uint16_t *host = u8_to_u16((const uint8_t *)text, strlen(text) + 1, NULL, &units);
    if (!host && errno == EILSEQ)
        return error_set(err, ERROR_UNSUPPORTED,
                         "'%s' is not UTF-8, which Windows needs; choose another name", text);
    struct le16 *disk = host ? calloc(units, sizeof(*disk)) : NULL;
    if (!disk)
        return error_no_memory(err);
    for (size_t i = 0; i < units; i++)
        disk[i] = le16_put(host[i]);
    *n = (units - 1) * sizeof(*disk);
    *out = (uint8_t *)disk;
    return 0;
}

int utf16_decode(char **out, const uint8_t *bytes, size_t n, struct error *err)
{
    if (n % 2 != 0)
        return error_set(err, ERROR_DAMAGED, "UTF-16 text of %zu bytes, an odd number", n);
    AUTO_FREE uint16_t *host = calloc(n / 2 + 1, sizeof(*host));
    if (!host)
        return error_no_memory(err);
    size_t units = 0;
    while (units < n / 2) {
        host[units] = le16_get((struct le16){{bytes[2 * units], bytes[2 * units + 1]}});
        if (host[units] == 0)
            break;
        units++;
    }
    size_t length = 0;
    char *text = (char *)u16_to_u8(host, units + 1, NULL, &length); /* with the NUL */
    if (!text && errno == EILSEQ)
        return error_set(err, ERROR_DAMAGED, "UTF-16 text with half a character in it");
    if (!text)
        return error_no_memory(err);
    *out = text;
    return 0;
}

int utf16_encode_list(uint8_t **out, size_t *n, const struct texts *texts, struct error *err)
{
    AUTO_FREE uint8_t *all = calloc(1, sizeof(struct le16));
    size_t at = 0;
    if (!all)
        return error_no_memory(err);
    for (size_t i = 0; i < texts->n; i++) {
        AUTO_FREE uint8_t *bytes = NULL;
        size_t length;
        if (utf16_encode(&bytes, &length, texts->items[i], err) < 0)
            return -1;
        length += sizeof(struct le16);
        uint8_t *larger = realloc(all, at + length + sizeof(struct le16));
        if (!larger)
            return error_no_memory(err);
        all = larger;
        memcpy(all + at, bytes, length);
        at += length;
        memset(all + at, 0, sizeof(struct le16));
    }
    *n = at + sizeof(struct le16);
    *out = steal(&all);
    return 0;
}

/* Up to the first NUL. */
static size_t units_until_nul(const uint8_t *bytes, size_t n)
{
    size_t units = 0;
    while (units < n && (bytes[2 * units] || bytes[2 * units + 1]))
        units++;
    return units;
}

int utf16_decode_list(struct texts *out, const uint8_t *bytes, size_t n, struct error *err)
{
    if (n % 2 != 0)
        return error_set(err, ERROR_DAMAGED, "UTF-16 text of %zu bytes, an odd number", n);
    for (size_t at = 0, length; at < n; at += length + sizeof(struct le16)) {
        AUTO_FREE char *text = NULL;
        length = 2 * units_until_nul(bytes + at, (n - at) / 2);
        if (length == 0)
            break;
        if (utf16_decode(&text, bytes + at, length, err) < 0 || texts_add(out, text, err) < 0)
            return -1;
    }
    return 0;
}

/* UTF-8 has no NUL bytes, and UTF-16 with a line end in it has. */
int windows_text(char **out, const char *bytes, size_t n, struct error *err)
{
    size_t mark = n >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0 ? 2 : 0;
    AUTO_FREE char *text = NULL;
    if (!mark && !memchr(bytes, '\0', n))
        text = strdup(bytes);
    else if (utf16_decode(&text, (const uint8_t *)bytes + mark, n - mark, err) < 0)
        return -1;
    if (!text)
        return error_no_memory(err);
    char *to = text;
    for (const char *c = text; *c; c++) {
        if (*c != '\r')
            *to++ = *c;
    }
    *to = '\0';
    *out = steal(&text);
    return 0;
}
