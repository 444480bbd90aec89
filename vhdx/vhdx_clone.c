/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "core/atomic_file.h"
#include "core/cancel.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_commit.h"
#include "vhdx/vhdx_io.h"

enum {
    PIECE_BYTES = 1 << 20,
};

struct copy {
    int from;
    const char *from_path;
    struct atomic_file *to;
    uint64_t length;
    struct events *events;
    char *buf; /* PIECE_BYTES */
};

static int run_copy(const struct copy *copy, uint64_t at, uint64_t end, struct error *err)
{
    while (at < end) {
        size_t n = end - at < PIECE_BYTES ? (size_t)(end - at) : PIECE_BYTES;
        if (cancel_check(err) < 0 ||
            vhdx_io_read(copy->from, copy->from_path, copy->buf, n, at, err) < 0 ||
            vhdx_io_write(copy->to->fd, copy->to->path, copy->buf, n, at, err) < 0)
            return -1;
        at += n;
        event_progress(copy->events, at, copy->length);
    }
    return 0;
}

/* By sharing where the file system can, else without the holes. */
static int file_copy(const struct copy *copy, struct error *err)
{
    if (ioctl(copy->to->fd, FICLONE, copy->from) == 0)
        return 0;
    if (vhdx_io_truncate(copy->to->fd, copy->to->path, copy->length, err) < 0)
        return -1;
    for (uint64_t at = 0; at < copy->length;) {
        off_t data = lseek(copy->from, (off_t)at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            return 0; /* a hole up to the end */
        off_t hole = data < 0 ? -1 : lseek(copy->from, data, SEEK_HOLE);
        if (data < 0 || hole < 0)
            return error_errno(err, errno, "look for holes in %s", copy->from_path);
        if (run_copy(copy, (uint64_t)data, (uint64_t)hole, err) < 0)
            return -1;
        at = (uint64_t)hole;
    }
    return 0;
}

/* Replays the log in the copy, which nobody sees yet, and makes it another disk. */
static int identities_renew(struct atomic_file *copy, struct error *err)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_WRITE};
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    struct vhdx_medium *medium;
    struct guid disk_id;
    if (vhdx_medium_wrap(&medium, copy->fd, copy->path, err) < 0 ||
        vhdx_file_open_medium(&file, medium, &judge, err) < 0 || guid_random(&disk_id, err) < 0 ||
        vhdx_commit_begin(file, true, err) < 0)
        return -1;
    return vhdx_medium_write(medium, &disk_id, sizeof(disk_id), file->disk_id_at, err);
}

int vhdx_clone(const char *in, const char *out, struct events *events, struct error *err)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_OPEN};
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    struct atomic_file *to AUTO_ATOMIC = NULL;
    char *buf AUTO_FREE = malloc(PIECE_BYTES);
    int from AUTO_FD = open(in, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (!buf)
        return error_no_memory(err);
    if (from < 0)
        return error_errno(err, errno, "open %s", in);
    if (vhdx_file_open(&file, in, &judge, err) < 0)
        return -1;
    if (file->differencing)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is a differencing disk, whose copy would not find its parent; lxvhdx "
                         "convert merges the two",
                         in);
    if (blockdev_check_unused(from, in, err) < 0 || atomic_create(&to, out, 0, err) < 0)
        return -1;
    off_t length = lseek(from, 0, SEEK_END);
    if (length < 0)
        return error_errno(err, errno, "look at %s", in);
    struct copy copy = {from, in, to, (uint64_t)length, events, buf};
    event_step(events, "copying");
    if (file_copy(&copy, err) < 0 || identities_renew(to, err) < 0)
        return -1;
    return atomic_commit(steal(&to), err);
}
