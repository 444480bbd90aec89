/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_content.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

enum {
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
    content->buffer = NULL;
}

void directory_content_begin(struct directory_content *content, int fd, const struct statx *stx)
{
    directory_content_end(content);
    content->fd = fd;
    content->size = stx->stx_size;
    content->mtime = (struct entry_time){stx->stx_mtime.tv_sec, stx->stx_mtime.tv_nsec};
    content->at = content->run_end = 0;
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

/* Moves to the next run of data; to the end where only a hole follows. */
static int run_find(struct directory_content *content, struct error *err)
{
    content->run_end = content->size;
    if (!content->seek)
        return 0;
    off_t data = lseek(content->fd, (off_t)content->at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) {
        content->at = content->size;
        return 0;
    }
    if (data < 0 && errno == EINVAL) {
        content->seek = false; /* the file system does not know */
        return 0;
    }
    off_t hole = data < 0 ? data : lseek(content->fd, data, SEEK_HOLE);
    if (hole < 0)
        return error_errno(err, errno, "find the holes");
    content->at = (uint64_t)data < content->size ? (uint64_t)data : content->size;
    if ((uint64_t)hole < content->size)
        content->run_end = (uint64_t)hole;
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
