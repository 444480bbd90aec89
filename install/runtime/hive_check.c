/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/runtime/hive_check.h"

#include <assert.h>
#include <string.h>

#include "core/le.h"

enum {
    PAGE = 4096,
    CHECKED = 508, /* bytes of the base block that the checksum is of */
};

struct base_block {
    char magic[4];          /* 0    "regf" */
    struct le32 sequence1;  /* 4    before a write */
    struct le32 sequence2;  /* 8    after it */
    struct le64 written;    /* 12 */
    struct le32 major;      /* 20   1 */
    struct le32 minor;      /* 24   3 to 6 */
    struct le32 type;       /* 28   0: a hive, else a log */
    struct le32 format;     /* 32   1 */
    struct le32 root;       /* 36   offset of the root key, from the first bin */
    struct le32 bins_bytes; /* 40 */
    uint8_t unread[464];    /* 44 */
    struct le32 checksum;   /* 508 */
};
static_assert(sizeof(struct base_block) == 512, "base block");

struct bin_header {
    char magic[4];      /* 0   "hbin" */
    struct le32 offset; /* 4   from the first bin */
    struct le32 bytes;  /* 8 */
};
static_assert(sizeof(struct bin_header) == 12, "bin header");

static uint32_t checksum(const uint8_t *bytes)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < CHECKED; i += 4) {
        struct le32 word;
        memcpy(&word, bytes + i, sizeof(word));
        sum ^= le32_get(word);
    }
    return sum == 0 ? 1 : sum == UINT32_MAX ? UINT32_MAX - 1 : sum;
}

static int check_bins(const uint8_t *bins, uint32_t n, struct error *err)
{
    for (uint32_t at = 0, bytes; at < n; at += bytes) {
        struct bin_header header;
        memcpy(&header, bins + at, sizeof(header));
        bytes = le32_get(header.bytes);
        if (memcmp(header.magic, "hbin", 4) != 0 || le32_get(header.offset) != at || bytes == 0 ||
            bytes % PAGE != 0 || bytes > n - at)
            return error_set(err, ERROR_DAMAGED, "there is no whole bin at byte %u", PAGE + at);
    }
    return 0;
}

int hive_check(const uint8_t *bytes, size_t n, struct error *err)
{
    struct base_block base;
    if (n < sizeof(base) || memcmp(bytes, "regf", 4) != 0)
        return error_set(err, ERROR_WRONG_KIND, "this is no registry hive");
    if (n > HIVE_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "this hive has %zu bytes, and at most %d are read", n,
                         HIVE_BYTES_MAX);
    memcpy(&base, bytes, sizeof(base));
    if (le32_get(base.type) != 0)
        return error_set(err, ERROR_WRONG_KIND, "this is the log of a hive, and no hive");
    if (le32_get(base.checksum) != checksum(bytes))
        return error_set(err, ERROR_DAMAGED, "the checksum of its first block is wrong");
    uint32_t minor = le32_get(base.minor), length = le32_get(base.bins_bytes);
    if (le32_get(base.major) != 1 || minor < 3 || minor > 6 || le32_get(base.format) != 1)
        return error_set(err, ERROR_UNSUPPORTED, "hives of version %u.%u are not known here",
                         le32_get(base.major), minor);
    if (length == 0 || length % PAGE != 0 || n < PAGE || length > n - PAGE ||
        le32_get(base.root) >= length)
        return error_set(err, ERROR_DAMAGED, "it says to hold %u bytes of keys, and has %zu",
                         length, n < PAGE ? 0 : n - PAGE);

    uint32_t before = le32_get(base.sequence1), after = le32_get(base.sequence2);
    if (before != after)
        return error_set(err, ERROR_UNSUPPORTED,
                         "the last changes are not in it but in its logs, .LOG1 and .LOG2 (its "
                         "sequence numbers are %u and %u); start that Windows, sign in as that "
                         "user and shut it down for good: shutdown /s /t 0",
                         before, after);
    return check_bins(bytes + PAGE, length, err);
}
