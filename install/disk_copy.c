/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/disk_copy.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/atomic_file.h"
#include "core/cancel.h"
#include "core/disk.h"
#include "core/page_cache.h"
#include "core/stream.h"
#include "install/disk_examine.h"
#include "install/disk_lock.h"
#include "vhdx/vhdx.h"

enum {
    PIECE_BYTES = 1 << 20, /* read at once */
    PAGE_BYTES = 4096,     /* zeros become holes in these units */
};

static int put(int fd, const char *bytes, size_t n, off_t at, const char *path, struct error *err)
{
    while (n > 0) {
        ssize_t done = pwrite(fd, bytes, n, at);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return error_errno(err, errno, "write %s", path);
        bytes += done;
        n -= (size_t)done;
        at += done;
    }
    return 0;
}

/* Writes a piece without its zero pages. */
static int put_piece(int fd, const char *bytes, size_t n, off_t at, const char *path,
                     struct error *err)
{
    size_t run = 0; /* where the run of other pages begins that ends before i */
    for (size_t i = 0; i < n;) {
        size_t page = n - i < PAGE_BYTES ? n - i : PAGE_BYTES;
        if (disk_is_zero(bytes + i, page)) {
            if (put(fd, bytes + run, i - run, at + (off_t)run, path, err) < 0)
                return -1;
            run = i + page;
        }
        i += page;
    }
    return put(fd, bytes + run, n - run, at + (off_t)run, path, err);
}

static int copy_bytes(struct stream *from, struct atomic_file *to, struct error *err)
{
    AUTO_FREE char *piece = malloc(PIECE_BYTES);
    off_t at = 0;
    ssize_t n;
    if (!piece)
        return error_no_memory(err);
    while ((n = stream_read_full(from, piece, PIECE_BYTES, err)) > 0) {
        if (cancel_check(err) < 0 || put_piece(to->fd, piece, (size_t)n, at, to->path, err) < 0)
            return -1;
        at += n;
    }
    if (n < 0)
        return -1;
    return ftruncate(to->fd, at) < 0 ? error_errno(err, errno, "write %s", to->path) : 0;
}

static int copy_file(const char *from, const char *to, bool no_sync, struct events *events,
                     struct error *err)
{
    AUTO_STREAM struct stream *stream = NULL;
    AUTO_ATOMIC struct atomic_file *file = NULL;
    uint64_t size;
    if (stream_open(&stream, from, &size, err) < 0 ||
        stream_progress(&stream, steal(&stream), events, size, err) < 0 ||
        atomic_create(&file, to, no_sync ? ATOMIC_NO_SYNC : 0, err) < 0 ||
        copy_bytes(stream, file, err) < 0)
        return -1;
    return atomic_commit(steal(&file), err);
}

int disk_copy(const char *from, const char *to, bool no_sync, struct events *events,
              struct error *err)
{
    AUTO_FD int lock = -1;
    enum kind kind;
    event_step(events, "copying the disk");
    if (strcmp(from, "-") == 0)
        return copy_file(from, to, no_sync, events, err);
    if (disk_lock(&lock, from, err) < 0 || disk_kind(&kind, from, err) < 0)
        return -1;
    if (kind == KIND_VHDX)
        return copy_file(from, to, no_sync, events, err);
    const struct vhdx_convert how = {.container = &disk_vhdx, .no_sync = no_sync, .events = events};
    return vhdx_convert(from, to, &how, err);
}

/* ---- read back ---- */

int disk_same(bool *same, const char *a, const char *b, struct error *err)
{
    AUTO_STREAM struct stream *one = NULL;
    AUTO_STREAM struct stream *other = NULL;
    AUTO_FREE char *pieces = malloc(2 * (size_t)PIECE_BYTES);
    uint64_t size;
    ssize_t n, m;

    if (!pieces)
        return error_no_memory(err);
    if (page_cache_drop(b, err) < 0 || stream_open(&one, a, &size, err) < 0 ||
        stream_open(&other, b, &size, err) < 0)
        return -1;
    do {
        n = stream_read_full(one, pieces, PIECE_BYTES, err);
        m = n < 0 ? n : stream_read_full(other, pieces + PIECE_BYTES, PIECE_BYTES, err);
        if (n < 0 || m < 0 || cancel_check(err) < 0)
            return -1;
    } while (n > 0 && n == m && memcmp(pieces, pieces + PIECE_BYTES, (size_t)n) == 0);
    *same = n == 0 && m == 0;
    return 0;
}

int disk_copy_verified(const char *from, const char *to, struct events *events, struct error *err)
{
    AUTO_FD int lock = -1;
    bool same;
    event_step(events, "copying the disk");
    if (disk_lock(&lock, from, err) < 0 || copy_file(from, to, false, events, err) < 0)
        return -1;
    event_step(events, "reading it back");
    if (disk_same(&same, from, to, err) == 0) {
        if (same)
            return 0;
        error_set(err, ERROR_VERIFY,
                  "%s does not read back as it was written; check that disk, and use another place",
                  to);
    }
    unlink(to);
    return -1;
}
