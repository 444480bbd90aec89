/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/tar/tar_pax.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/libcrypto.h"
#include "image/tar/tar_header.h"
#include "image/tar/tar_xattr_name.h"

enum {
    BLOCK_BYTES = 512,
    BYTES_MIN = 4096,
    KEY_BYTES = 1024, /* of an attribute: a prefix, and 255 bytes that become 765 */
    NUMBER_BYTES = 24,
};

/* The fields of a block that matter here. */
enum {
    SIZE_AT = 124,
    SIZE_BYTES = 12,
    CHECKSUM_AT = 148,
    CHECKSUM_BYTES = 8,
    TYPE_AT = 156,
    LINK_AT = 157,
    LINK_BYTES = 100,
};

int tar_pax_bytes_add(struct tar_pax_bytes *to, const void *bytes, size_t n, struct error *err)
{
    if (n == 0)
        return 0;
    size_t size = to->size ? to->size : BYTES_MIN;
    while (size < to->n + n)
        size *= 2;
    if (size != to->size) {
        uint8_t *grown = realloc(to->bytes, size);
        if (!grown)
            return error_no_memory(err);
        to->bytes = grown;
        to->size = size;
    }
    memcpy(to->bytes + to->n, bytes, n);
    to->n += n;
    return 0;
}

void tar_pax_clear(struct tar_pax *pax)
{
    pax->exact.n = pax->records.n = pax->n_times = 0;
}

void tar_pax_free(struct tar_pax *pax)
{
    free(pax->exact.bytes);
    free(pax->records.bytes);
}

/* ---- what is to be added ---- */

/* "LENGTH KEY=VALUE\n"; the length counts its own digits. */
static int record_add(struct tar_pax_bytes *to, const char *key, const void *value, size_t n,
                      struct error *err)
{
    size_t rest = strlen(" =\n") + strlen(key) + n, length = 0;
    char number[NUMBER_BYTES] = "";
    while (length != rest + strlen(number)) {
        length = rest + strlen(number);
        snprintf(number, sizeof(number), "%zu", length);
    }
    return tar_pax_bytes_add(to, number, strlen(number), err) < 0 ||
                   tar_pax_bytes_add(to, " ", 1, err) < 0 ||
                   tar_pax_bytes_add(to, key, strlen(key), err) < 0 ||
                   tar_pax_bytes_add(to, "=", 1, err) < 0 ||
                   tar_pax_bytes_add(to, value, n, err) < 0 ||
                   tar_pax_bytes_add(to, "\n", 1, err) < 0
               ? -1
               : 0;
}

static int record_add_base64(struct tar_pax_bytes *to, const char *key, const void *value, size_t n,
                             struct error *err)
{
    if (libcrypto_load(err) < 0)
        return -1;
    AUTO_FREE unsigned char *text = malloc((n + 2) / 3 * 4 + 1);
    if (!text)
        return error_no_memory(err);
    int length = libcrypto()->EVP_EncodeBlock(text, value, (int)n);
    while (length > 0 && text[length - 1] == '=') /* libarchive writes none either */
        length--;
    return record_add(to, key, text, (size_t)length, err);
}

int tar_pax_xattr(struct tar_pax *pax, const struct xattr *xattr, struct error *err)
{
    char key[KEY_BYTES];

    if (strlen(xattr->name) > NAME_BYTES_MAX)
        return error_set(err, ERROR_UNSUPPORTED,
                         "an extended attribute has a name of %zu bytes; Linux has %d at most",
                         strlen(xattr->name), NAME_BYTES_MAX);
    if (!tar_xattr_name_plain(xattr->name)) {
        tar_xattr_name_encode_url(stpcpy(key, TAR_XATTR_LIBARCHIVE), xattr->name);
        if (record_add_base64(&pax->exact, key, xattr->value, xattr->size, err) < 0)
            return -1;
    }
    tar_xattr_name_encode_gnu(stpcpy(key, TAR_XATTR_SCHILY), xattr->name);
    return record_add(&pax->records, key, xattr->value, xattr->size, err);
}

void tar_pax_time(struct tar_pax *pax, const char *key)
{
    pax->times[pax->n_times++] = key;
}

int tar_pax_epoch(struct tar_pax *pax, const char *key, struct error *err)
{
    return record_add(&pax->records, key, "0", 1, err);
}

int tar_pax_sparse_name(struct tar_pax *pax, const char *path, struct error *err)
{
    return record_add(&pax->records, "GNU.sparse.name", path, strlen(path), err);
}

/* ---- into the header ---- */

static void times_patch(const struct tar_pax *pax, const struct tar_record *records, size_t n,
                        uint8_t *bytes)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t t = 0; t < pax->n_times; t++) {
            const struct tar_record *record = &records[i];
            if (record->key_n == strlen(pax->times[t]) &&
                memcmp(record->key, pax->times[t], record->key_n) == 0)
                bytes[record->value + 1 - (const char *)bytes] = '0';
        }
    }
}

static void block_finish(uint8_t *block, size_t size)
{
    unsigned sum = 0;
    snprintf((char *)block + SIZE_AT, SIZE_BYTES, "%011zo", size);
    memset(block + CHECKSUM_AT, ' ', CHECKSUM_BYTES);
    for (size_t i = 0; i < BLOCK_BYTES; i++)
        sum += block[i];
    snprintf((char *)block + CHECKSUM_AT, CHECKSUM_BYTES - 1, "%06o", sum);
}

/* old is what libarchive wrote: [x 512] [records, padded] and the member's own block, or that
 * alone. */
static int extended_write(const struct tar_pax *pax, const struct tar_pax_bytes *old,
                          struct tar_pax_bytes *out, struct error *err)
{
    static const uint8_t zeros[BLOCK_BYTES];
    uint8_t block[BLOCK_BYTES];
    size_t size = 0, rest = 0;

    memcpy(block, old->bytes, sizeof(block));
    if (block[TYPE_AT] == 'x') {
        size = strtoul((const char *)block + SIZE_AT, NULL, 8);
        rest = BLOCK_BYTES + (size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
    } else {
        block[TYPE_AT] = 'x';
        memset(block + LINK_AT, 0, LINK_BYTES);
    }
    if (rest > old->n)
        return error_set(err, ERROR_INTERNAL, "libarchive wrote a header of an unknown form");
    size_t total = size + pax->exact.n + pax->records.n;
    size_t padding = (BLOCK_BYTES - total % BLOCK_BYTES) % BLOCK_BYTES;
    block_finish(block, total);
    return tar_pax_bytes_add(out, block, sizeof(block), err) < 0 ||
                   (size > 0 && tar_pax_bytes_add(out, old->bytes + BLOCK_BYTES, size, err) < 0) ||
                   tar_pax_bytes_add(out, pax->records.bytes, pax->records.n, err) < 0 ||
                   tar_pax_bytes_add(out, pax->exact.bytes, pax->exact.n, err) < 0 ||
                   tar_pax_bytes_add(out, zeros, padding, err) < 0 ||
                   tar_pax_bytes_add(out, old->bytes + rest, old->n - rest, err) < 0
               ? -1
               : 0;
}

int tar_pax_apply(const struct tar_pax *pax, struct tar_pax_bytes *header, struct error *err)
{
    struct tar_header view = {.bytes = header->bytes, .n = header->n};
    AUTO_FREE struct tar_record *records = NULL;
    struct tar_pax_bytes out = {0};
    size_t n;

    if (header->n < BLOCK_BYTES)
        return error_set(err, ERROR_INTERNAL, "libarchive wrote no header");
    if (tar_header_records(&view, 0, &records, &n, err) < 0)
        return -1;
    times_patch(pax, records, n, header->bytes);
    if (pax->exact.n + pax->records.n == 0)
        return 0;
    if (extended_write(pax, header, &out, err) < 0) {
        free(out.bytes);
        return -1;
    }
    free(header->bytes);
    *header = out;
    return 0;
}
