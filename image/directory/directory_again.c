/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_again.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "image/directory/directory_fd.h"

struct directory_again_file {
    uint64_t inode, size;
    struct statx_timestamp mtime;
    char path[];
};

int directory_again_init(struct directory_again *again, int root, struct error *err)
{
    *again = (struct directory_again){.root = fcntl(root, F_DUPFD_CLOEXEC, 0)};
    return again->root < 0 ? error_errno(err, errno, "hold the directory") : 0;
}

void directory_again_free(struct directory_again *again)
{
    cleanup_fd(&again->root);
    arena_free(&again->arena);
    free(again->files);
}

int directory_again_note(struct directory_again *again, const char *path, const struct statx *stx,
                         uint64_t *key, struct error *err)
{
    if (list_grow(&again->files, again->n, &again->size, err) < 0)
        return -1;
    size_t n = strlen(path);
    struct directory_again_file *file = arena_alloc(&again->arena, sizeof(*file) + n + 1);
    if (!file)
        return error_no_memory(err);
    file->inode = stx->stx_ino;
    file->size = stx->stx_size;
    file->mtime = stx->stx_mtime;
    memcpy(file->path, path, n);
    *key = again->n;
    again->files[again->n++] = file;
    return 0;
}

int directory_again_open(struct directory_again *again, uint64_t key, struct statx *stx,
                         struct error *err)
{
    const struct directory_again_file *file = again->files[key];
    int fd AUTO_FD = directory_hold_open(again->root, file->path);
    int held AUTO_FD = -1;
    if (fd < 0 && (held = directory_hold(again->root, file->path)) >= 0)
        fd = directory_read(held);
    if (fd < 0 || statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, stx) < 0)
        return error_errno(err, errno, "%s", file->path);
    if (!S_ISREG(stx->stx_mode) || stx->stx_ino != file->inode || stx->stx_size != file->size ||
        stx->stx_mtime.tv_sec != file->mtime.tv_sec ||
        stx->stx_mtime.tv_nsec != file->mtime.tv_nsec)
        return error_set(err, ERROR_BUSY, "%s is not what it was; read the directory anew",
                         file->path);
    return steal_fd(&fd);
}
