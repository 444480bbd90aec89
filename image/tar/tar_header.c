/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A header, as far as it matters here: blocks of 512 bytes that say of what type they are and how
 * many bytes belong to them; the last is the member's own.
 *
 *     [x 512] [records, padded] [L 512] [long name, padded] [0 512]
 */
#include "image/tar/tar_header.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"

enum {
    BLOCK_BYTES = 512,
    SIZE_AT = 124, /* octal digits */
    SIZE_DIGITS = 11,
    TYPE_AT = 156,
};

/* ---- keeping ---- */

static void drop_before(struct tar_header *header, uint64_t start)
{
    if (start >= header->at + header->n || start < header->at) {
        header->n = 0;
        header->at = start;
    } else {
        header->n -= (size_t)(start - header->at);
        memmove(header->bytes, header->bytes + (start - header->at), header->n);
        header->at = start;
    }
}

static int reserve(struct tar_header *header, size_t n, struct error *err)
{
    size_t size = header->size ? header->size : BLOCK_BYTES;
    while (size < n)
        size *= 2;
    if (size == header->size)
        return 0;
    uint8_t *bytes = realloc(header->bytes, size);
    if (!bytes)
        return error_no_memory(err);
    header->bytes = bytes;
    header->size = size;
    return 0;
}

int tar_header_keep(struct tar_header *header, uint64_t start, const void *bytes, size_t n,
                    uint64_t at, struct error *err)
{
    if (start != header->at)
        drop_before(header, start);
    uint64_t end = header->at + header->n;
    if (end < at || end >= at + n) /* not adjoining: too much was there already */
        return 0;
    size_t skip = (size_t)(end - at), room = TAR_HEADER_BYTES_MAX - header->n;
    size_t part = n - skip < room ? n - skip : room;
    if (reserve(header, header->n + part, err) < 0)
        return -1;
    memcpy(header->bytes + header->n, (const uint8_t *)bytes + skip, part);
    header->n += part;
    return 0;
}

void tar_header_free(struct tar_header *header)
{
    free(header->bytes);
}

/* ---- records ---- */

struct records {
    struct tar_record *list;
    size_t n, size;
};

static int record_add(struct records *records, const struct tar_record *record, struct error *err)
{
    if (list_grow(&records->list, records->n, &records->size, err) < 0)
        return -1;
    records->list[records->n++] = *record;
    return 0;
}

/* "21 mtime=1234567890\n": the number counts all of it. Its bytes; 0 where it cannot be right. */
static size_t record_parse(const char *bytes, size_t n, struct tar_record *record)
{
    size_t length = 0, at = 0;
    while (at < n && isdigit((unsigned char)bytes[at]) && length <= TAR_HEADER_BYTES_MAX)
        length = length * 10 + (size_t)(bytes[at++] - '0');
    if (at == 0 || at == n || bytes[at] != ' ' || length > n || length < at + sizeof(" =\n") - 1 ||
        bytes[length - 1] != '\n')
        return 0;
    const char *key = bytes + at + 1, *end = bytes + length - 1;
    const char *equals = memchr(key, '=', (size_t)(end - key));
    if (!equals)
        return 0;
    *record = (struct tar_record){
        .key = key,
        .key_n = (size_t)(equals - key),
        .value = equals + 1,
        .n = (size_t)(end - equals - 1),
    };
    return length;
}

static int records_add(struct records *records, const char *bytes, size_t n, struct error *err)
{
    struct tar_record record;
    size_t length;
    while (n > 0 && (length = record_parse(bytes, n, &record)) > 0) {
        if (record_add(records, &record, err) < 0)
            return -1;
        bytes += length;
        n -= length;
    }
    return 0;
}

static size_t block_size(const uint8_t *block)
{
    size_t size = 0;
    for (size_t i = 0; i < SIZE_DIGITS && size <= TAR_HEADER_BYTES_MAX; i++) {
        if (block[SIZE_AT + i] >= '0' && block[SIZE_AT + i] <= '7')
            size = size * 8 + (size_t)(block[SIZE_AT + i] - '0');
    }
    return size;
}

int tar_header_records(const struct tar_header *header, uint64_t start, struct tar_record **out,
                       size_t *n, struct error *err)
{
    struct records records = {0};
    size_t at = 0;

    while (start == header->at && header->n - at >= BLOCK_BYTES) {
        const uint8_t *block = header->bytes + at;
        size_t size = block_size(block), room = header->n - at - BLOCK_BYTES;
        bool pax = block[TYPE_AT] == 'x' || block[TYPE_AT] == 'X';
        if ((!pax && !memchr("gLK", block[TYPE_AT], 3)) || size > room)
            break;
        if (pax && records_add(&records, (const char *)block + BLOCK_BYTES, size, err) < 0) {
            free(records.list);
            return -1;
        }
        at += BLOCK_BYTES + (size + BLOCK_BYTES - 1) / BLOCK_BYTES * BLOCK_BYTES;
        if (at > header->n)
            break;
    }
    *out = records.list;
    *n = records.n;
    return 0;
}
