/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_content.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/cancel.h"

enum {
    CANCEL_RUNS = 64, /* between two looks for a signal */
    BUFFER_BYTES = 256 * 1024,
    STAT_BLOCK_BYTES = 512, /* the unit of st_blocks, whatever the file system */
};

int directory_content_init(struct directory_content *content, struct error *err)
{
    *content = (struct directory_content){.fd = -1, .buffer = malloc(BUFFER_BYTES)};
    return content->buffer ? 0 : error_no_memory(err);
}

void directory_content_free(struct directory_content *content)
{
    directory_content_end(content);
    free(content->buffer);
    data_map_free(&content->map);
    content->buffer = NULL;
}

void directory_content_begin(struct directory_content *content, int fd, const struct statx *stx)
{
    directory_content_end(content);
    content->fd = fd;
    content->size = stx->stx_size;
    content->mtime = (struct entry_time){stx->stx_mtime.tv_sec, stx->stx_mtime.tv_nsec};
    content->at = content->run_end = 0;
    content->map.n = content->map_next = 0;
    content->mapped = false;
    content->seek = stx->stx_blocks < (stx->stx_size + STAT_BLOCK_BYTES - 1) / STAT_BLOCK_BYTES;
}

void directory_content_end(struct directory_content *content)
{
    if (content->fd >= 0)
        close(content->fd);
    content->fd = -1;
}

static int changed(struct error *err)
{
    return error_set(err, ERROR_IO,
                     "the file changed while it was read; stop what writes to it, or take a "
                     "snapshot, and try again");
}

/* The first run of data from at on; its length is 0 where only a hole follows. */
static int run_seek(struct directory_content *content, uint64_t at, struct data_extent *out,
                    struct error *err)
{
    *out = (struct data_extent){.offset = at, .length = content->size - at};
    if (!content->seek)
        return 0;
    off_t data = lseek(content->fd, (off_t)at, SEEK_DATA);
    if (data < 0 && errno == EINVAL) {
        content->seek = false; /* the file system does not know */
        return 0;
    }
    off_t hole = data < 0 ? data : lseek(content->fd, data, SEEK_HOLE);
    if (hole < 0 && errno != ENXIO)
        return error_errno(err, errno, "find the holes");
    if (hole < 0 || (uint64_t)data >= content->size) {
        *out = (struct data_extent){.offset = content->size};
        return 0;
    }
    uint64_t end = (uint64_t)hole < content->size ? (uint64_t)hole : content->size;
    *out = (struct data_extent){.offset = (uint64_t)data, .length = end - (uint64_t)data};
    return 0;
}

int directory_content_map(struct directory_content *content, const struct data_extent **out,
                          size_t *n, struct error *err)
{
    struct data_extent run;

    content->map.n = 0;
    for (uint64_t at = 0; at < content->size; at = run.offset + run.length) {
        if ((content->map.n % CANCEL_RUNS == CANCEL_RUNS - 1 && cancel_check(err) < 0) ||
            run_seek(content, at, &run, err) < 0)
            return -1;
        if (content->map.n == DIRECTORY_CONTENT_MAP_MAX)
            return 0;
        if (run.length > 0 && data_map_add(&content->map, run.offset, run.length, err) < 0)
            return -1;
    }
    content->mapped = true;
    *out = content->map.runs;
    *n = content->map.n;
    return 1;
}

/* Moves to the next run of data; to the end where only a hole follows. */
static int run_find(struct directory_content *content, struct error *err)
{
    struct data_extent run = {.offset = content->size};
    if (!content->mapped) {
        if (run_seek(content, content->at, &run, err) < 0)
            return -1;
    } else if (content->map_next < content->map.n) {
        run = content->map.runs[content->map_next++];
    }
    content->at = run.offset;
    content->run_end = run.offset + run.length;
    return 0;
}

static int end_check(const struct directory_content *content, struct error *err)
{
    struct stat st;
    if (fstat(content->fd, &st) < 0)
        return error_errno(err, errno, "look at it again");
    if ((uint64_t)st.st_size != content->size || st.st_mtim.tv_sec != content->mtime.seconds ||
        st.st_mtim.tv_nsec != content->mtime.nanoseconds)
        return changed(err);
    return 0;
}

int directory_content_next(struct directory_content *content, struct content *out,
                           struct error *err)
{
    if (content->at == content->run_end && content->at < content->size &&
        run_find(content, err) < 0)
        return -1;
    if (content->at == content->size)
        return end_check(content, err);

    uint64_t n = content->run_end - content->at;
    ssize_t got = pread(content->fd, content->buffer, n < BUFFER_BYTES ? n : BUFFER_BYTES,
                        (off_t)content->at);
    if (got < 0)
        return error_errno(err, errno, "read");
    if (got == 0)
        return changed(err);
    *out = (struct content){content->buffer, (size_t)got, content->at};
    content->at += (size_t)got;
    return 1;
}

int directory_content_pread(const struct directory_content *content, void *buf, size_t n,
                            uint64_t off, struct error *err)
{
    for (size_t done = 0; done < n;) {
        ssize_t got = pread(content->fd, (char *)buf + done, n - done, (off_t)(off + done));
        if (got < 0)
            return error_errno(err, errno, "read");
        if (got == 0)
            return changed(err);
        done += (size_t)got;
    }
    return 0;
}
