/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount_record.h"

#include <assert.h>
#include <string.h>

#include "core/crc32c.h"
#include "core/le.h"

enum {
    NO_STRING = UINT16_MAX, /* the length of one that is missing */
};

struct disk_time {
    struct le64 seconds;
    struct le32 nanoseconds;
};

struct disk_record {
    struct le32 checksum;          /* 0: of all that follows, to the record's end */
    struct le32 n;                 /* 4: bytes, the last part of the record */
    struct le16 name, text;        /* 8: lengths of the strings, NO_STRING: none */
    struct le16 kind, type;        /* 12 */
    struct le32 set;               /* 16 */
    struct le32 file, other;       /* 20 */
    struct le32 mode, uid, gid;    /* 28 */
    struct le32 major, minor;      /* 40 */
    struct le64 offset, length;    /* 48 */
    struct disk_time atime, mtime; /* 64 */
    struct disk_time now;          /* 88 */
    uint8_t reserved[20];          /* 100 */
};
static_assert(sizeof(struct disk_record) == MOUNT_RECORD_HEAD_BYTES,
              "a record begins with 120 bytes");

/* ---- writing ---- */

static struct disk_time time_put(const struct entry_time *time)
{
    return (struct disk_time){le64_put((uint64_t)time->seconds), le32_put(time->nanoseconds)};
}

static size_t string_bytes(const char *string)
{
    return string ? strlen(string) + 1 : 0;
}

static struct le16 string_length(const char *string)
{
    return le16_put(string ? (uint16_t)strlen(string) : NO_STRING);
}

size_t mount_record_bytes(const struct mount_change *change)
{
    return sizeof(struct disk_record) + string_bytes(change->name) + string_bytes(change->text) +
           change->n;
}

static struct le32 record_checksum(const uint8_t *record, size_t n)
{
    const size_t itself = sizeof(struct le32);
    return le32_put(~crc32c(~0U, record + itself, n - itself));
}

void mount_record_put(uint8_t *to, const struct mount_change *change)
{
    size_t name = string_bytes(change->name), text = string_bytes(change->text);
    struct disk_record record = {
        .n = le32_put((uint32_t)change->n),
        .name = string_length(change->name),
        .text = string_length(change->text),
        .kind = le16_put((uint16_t)change->kind),
        .type = le16_put((uint16_t)change->type),
        .set = le32_put(change->set),
        .file = le32_put(change->file),
        .other = le32_put(change->other),
        .mode = le32_put(change->mode),
        .uid = le32_put(change->uid),
        .gid = le32_put(change->gid),
        .major = le32_put(change->major),
        .minor = le32_put(change->minor),
        .offset = le64_put(change->offset),
        .length = le64_put(change->length),
        .atime = time_put(&change->atime),
        .mtime = time_put(&change->mtime),
        .now = time_put(&change->now),
    };

    uint8_t *at = mempcpy(to, &record, sizeof(record));
    at = mempcpy(at, name > 0 ? change->name : "", name);
    at = mempcpy(at, text > 0 ? change->text : "", text);
    if (change->n > 0)
        memcpy(at, change->bytes, change->n);
    record.checksum = record_checksum(to, mount_record_bytes(change));
    memcpy(to, &record.checksum, sizeof(record.checksum));
}

/* ---- reading ---- */

size_t mount_record_length(const uint8_t head[MOUNT_RECORD_HEAD_BYTES])
{
    struct disk_record record;
    memcpy(&record, head, sizeof(record));
    size_t n = sizeof(record) + (size_t)le32_get(record.n);
    n += le16_get(record.name) == NO_STRING ? 0 : le16_get(record.name) + 1u;
    return n + (le16_get(record.text) == NO_STRING ? 0 : le16_get(record.text) + 1u);
}

bool mount_record_is_whole(const uint8_t *record, size_t n)
{
    const struct le32 checksum = record_checksum(record, n);
    return memcmp(record, &checksum, sizeof(checksum)) == 0;
}

static struct entry_time time_get(const struct disk_time *time)
{
    return (struct entry_time){(int64_t)le64_get(time->seconds), le32_get(time->nanoseconds)};
}

/* A string of so many bytes at *at, which then is behind it: false where it is not whole. */
static bool string_get(const char **out, struct le16 length, const uint8_t **at, const uint8_t *end)
{
    size_t n = le16_get(length);
    *out = NULL;
    if (n == NO_STRING)
        return true;
    if ((size_t)(end - *at) <= n || memchr(*at, '\0', n + 1) != *at + n)
        return false;
    *out = (const char *)*at;
    *at += n + 1;
    return true;
}

bool mount_record_get(struct mount_change *out, const uint8_t *bytes, size_t n)
{
    struct disk_record record;
    const uint8_t *at = bytes + sizeof(record), *end = bytes + n;

    memcpy(&record, bytes, sizeof(record));
    *out = (struct mount_change){
        .kind = (enum mount_change_kind)le16_get(record.kind),
        .type = (enum entry_type)le16_get(record.type),
        .set = le32_get(record.set),
        .file = le32_get(record.file),
        .other = le32_get(record.other),
        .n = le32_get(record.n),
        .mode = le32_get(record.mode),
        .uid = le32_get(record.uid),
        .gid = le32_get(record.gid),
        .major = le32_get(record.major),
        .minor = le32_get(record.minor),
        .offset = le64_get(record.offset),
        .length = le64_get(record.length),
        .atime = time_get(&record.atime),
        .mtime = time_get(&record.mtime),
        .now = time_get(&record.now),
    };
    if (!string_get(&out->name, record.name, &at, end) ||
        !string_get(&out->text, record.text, &at, end) || (size_t)(end - at) != out->n)
        return false;
    out->bytes = at;
    return true;
}
