/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "fetch/trust/content.h"

#include <errno.h>
#include <sys/stat.h>

#include "core/cancel.h"

enum {
    PIECE_BYTES = 1 << 20,
};

int content_size(const struct content *content, uint64_t *out, struct error *err)
{
    struct stat st;
    *out = content->n;
    if (content->bytes)
        return 0;
    if (fstat(content->fd, &st) < 0)
        return error_errno(err, errno, "stat %s", content->label);
    if (!S_ISREG(st.st_mode))
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is no regular file; write it to a file to verify it", content->label);
    *out = (uint64_t)st.st_size;
    return 0;
}

/* The bytes at that offset: a view of the memory, or what was read into buf. */
static ssize_t piece(const struct content *content, void *buf, uint64_t offset, const void **out)
{
    *out = buf;
    if (!content->bytes)
        return pread(content->fd, buf, PIECE_BYTES, (off_t)offset);
    size_t left = content->n - offset;
    *out = (const char *)content->bytes + offset;
    return left < PIECE_BYTES ? (ssize_t)left : PIECE_BYTES;
}

int content_walk(const struct content *content, bool sha512, content_sink *sink, void *context,
                 struct checksum *sum, uint64_t *size, struct error *err)
{
    AUTO_HASHER struct hasher *hasher = NULL;
    AUTO_FREE void *buf = content->bytes ? NULL : malloc(PIECE_BYTES);
    uint64_t total;
    if (!content->bytes && !buf)
        return error_no_memory(err);
    if (content_size(content, &total, err) < 0 || hasher_new(&hasher, sha512, err) < 0)
        return -1;
    for (*size = 0;;) {
        const void *bytes;
        if (cancel_check(err) < 0)
            return -1;
        ssize_t n = piece(content, buf, *size, &bytes);
        if (n < 0)
            return error_errno(err, errno, "read %s", content->label);
        if (n == 0)
            return hasher_finish(hasher, sum, err);
        if (hasher_update(hasher, bytes, (size_t)n, err) < 0 ||
            (sink && sink(context, bytes, (size_t)n, err) < 0))
            return -1;
        *size += (uint64_t)n;
        event_progress(content->events, *size, total);
    }
}
