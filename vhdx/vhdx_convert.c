/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/cancel.h"
#include "core/epoch.h"
#include "core/kind.h"
#include "core/le.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_io.h"

enum {
    PIECE_BYTES = 1 << 20, /* read at once */
    PAGE_BYTES = 4096,     /* zeros are left out in these units */
    OPTIONS_TEXT = 128,
};

struct conversion {
    struct blockdev *in;
    struct blockdev *out;
    struct digest *digest; /* NULL: identifiers are random, or there are none */
    struct events *events;
    char *buf; /* PIECE_BYTES */
};

/* What identifiers are derived from: the format of this text, the options, the epoch, and then
 * every page that is not zero behind its offset. */
static int digest_begin(struct digest **out, const struct disk_driver *container,
                        const struct disk_geometry *geometry, struct error *err)
{
    struct digest *digest AUTO_DIGEST = NULL;
    struct epoch epoch;
    *out = NULL;
    if (epoch_get(&epoch, err) < 0)
        return -1;
    if (!epoch.fixed)
        return 0;
    char options[OPTIONS_TEXT];
    int n = snprintf(options, sizeof(options), "lxvhdx 1 %s %" PRIu64 " %" PRIu32 " %" PRId64 "%s",
                     container->name, geometry->size, geometry->block_size, epoch.seconds,
                     geometry->fixed ? " fixed" : "");
    if (digest_new(&digest, err) < 0 || digest_update(digest, options, (size_t)n, err) < 0)
        return -1;
    *out = steal(&digest);
    return 0;
}

static int digest_end(struct digest *digest, struct blockdev *dev, struct error *err)
{
    struct sha256 identity;
    if (!digest)
        return 0;
    if (digest_finish(digest, &identity, err) < 0)
        return -1;
    return blockdev_identify(dev, &identity, err);
}

static int page_digest(struct digest *digest, const char *page, size_t n, uint64_t off,
                       struct error *err)
{
    struct le64 at = le64_put(off);
    if (!digest)
        return 0;
    if (digest_update(digest, &at, sizeof(at), err) < 0)
        return -1;
    return digest_update(digest, page, n, err);
}

/* Writes n bytes of the buffer, which lie at off, without their zero pages. */
static int piece_write(struct conversion *conversion, size_t n, uint64_t off, struct error *err)
{
    const char *buf = conversion->buf;
    size_t run = 0; /* where the run of other pages begins that ends before at */
    for (size_t at = 0; at < n;) {
        size_t page = n - at < PAGE_BYTES ? n - at : PAGE_BYTES;
        bool zero = vhdx_io_is_zero(buf + at, page);
        if (zero) {
            if (at > run &&
                blockdev_pwrite(conversion->out, buf + run, at - run, off + run, err) < 0)
                return -1;
            run = at + page;
        } else if (page_digest(conversion->digest, buf + at, page, off + at, err) < 0) {
            return -1;
        }
        at += page;
    }
    return n > run ? blockdev_pwrite(conversion->out, buf + run, n - run, off + run, err) : 0;
}

static int extent_copy(struct conversion *conversion, uint64_t off, uint64_t end, struct error *err)
{
    while (off < end) {
        size_t n = end - off < PIECE_BYTES ? (size_t)(end - off) : PIECE_BYTES;
        if (cancel_check(err) < 0 ||
            blockdev_pread(conversion->in, conversion->buf, n, off, err) < 0 ||
            piece_write(conversion, n, off, err) < 0)
            return -1;
        off += n;
        event_progress(conversion->events, off, conversion->in->size);
    }
    return 0;
}

/* Data grows and holes shrink to whole pages, so that the pages are the same ones whatever extents
 * the input has. */
static int content_copy(struct conversion *conversion, struct error *err)
{
    uint64_t size = conversion->in->size;
    for (uint64_t off = 0; off < size;) {
        struct extent extent;
        if (cancel_check(err) < 0 || blockdev_extent(conversion->in, off, &extent, err) < 0)
            return -1;
        uint64_t end = off + extent.length;
        uint64_t within = end < size ? end % PAGE_BYTES : 0;
        bool data = extent.allocated || within == extent.length; /* a hole within a page */
        if (data && within > 0)
            end = size - end < PAGE_BYTES - within ? size : end + PAGE_BYTES - within;
        else
            end -= within;
        if (data && extent_copy(conversion, off, end, err) < 0)
            return -1;
        off = end;
    }
    event_progress(conversion->events, size, size);
    return 0;
}

/* The first bytes must not show a kind that is no raw disk. */
static int input_judge(const char *path, const void *head, size_t n, struct error *err)
{
    /* Zeros alone are an empty disk here, and an archive without entries to tar. */
    enum kind kind = n > 0 && vhdx_io_is_zero(head, n) ? KIND_UNKNOWN : kind_of(head, n);
    switch (kind) {
    case KIND_UNKNOWN:
    case KIND_VHDX:
    case KIND_EXT4:
    case KIND_NTFS:
    case KIND_SQUASHFS:
    case KIND_ISO9660:
        return 0;
    default:
        break;
    }
    const char *next = "name a raw disk or a VHDX";
    if (kind_is_foreign_disk(kind))
        next = "qemu-img convert -O raw turns it into one that lxvhdx reads";
    else if (kind_is_compressed(kind))
        next = "decompress it first if it holds a disk";
    else if (kind == KIND_TAR || kind == KIND_CPIO)
        next = "lximage convert makes a disk from it";
    return error_set(err, ERROR_WRONG_KIND, "%s: this is %s; %s", path, kind_words(kind), next);
}

static int input_open(struct blockdev **out, const char *path, struct error *err)
{
    /* O_NONBLOCK: a FIFO is refused instead of waited for. */
    int fd AUTO_FD = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0)
        return error_errno(err, errno, "open %s", path);
    if (fstat(fd, &status) < 0)
        return error_errno(err, errno, "look at %s", path);
    if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
        return error_set(err, ERROR_WRONG_KIND,
                         "%s is neither a file nor a block device; name a raw disk or a VHDX",
                         path);
    char *head AUTO_FREE = malloc(KIND_HEAD_BYTES);
    if (!head)
        return error_no_memory(err);
    ssize_t n = pread(fd, head, KIND_HEAD_BYTES, 0);
    if (n < 0)
        return error_errno(err, errno, "read %s", path);
    if (input_judge(path, head, (size_t)n, err) < 0)
        return -1;
    return disk_open(out, path, err);
}

/* The output's size: a VHDX of ours has whole MiB. */
static int size_choose(uint64_t *out, const char *in, uint64_t size, const struct vhdx_convert *how,
                       struct error *err)
{
    *out = size;
    if (how->container != &disk_vhdx || (size >= VHDX_SIZE_MIN && size % VHDX_SIZE_UNIT == 0))
        return 0;
    if (size < VHDX_SIZE_MIN)
        return error_set(err, ERROR_USAGE,
                         "%s has %" PRIu64 " bytes, too few for a VHDX, which has 3 MiB at least; "
                         "enlarge a copy of it (truncate -s 3M)",
                         in, size);
    *out = size + (VHDX_SIZE_UNIT - size % VHDX_SIZE_UNIT);
    event_warning(how->events,
                  "%s has %" PRIu64 " bytes, which is no multiple of 1 MiB; the disk gets %" PRIu64
                  ", zeros at its end",
                  in, size, *out);
    return 0;
}

static int output_create(struct blockdev **out, const char *path,
                         const struct disk_driver *container, struct atomic_file *file,
                         const struct disk_geometry *geometry, struct error *err)
{
    if (container->create(out, file, geometry, err) < 0)
        return error_wrap(err, "%s", path);
    return 0;
}

int vhdx_convert(const char *in, const char *out, const struct vhdx_convert *how, struct error *err)
{
    struct blockdev *from AUTO_BLOCKDEV = NULL;
    struct atomic_file *file AUTO_ATOMIC = NULL;
    struct blockdev *to AUTO_BLOCKDEV = NULL;
    struct digest *digest AUTO_DIGEST = NULL;
    char *buf AUTO_FREE = malloc(PIECE_BYTES);
    if (!buf)
        return error_no_memory(err);
    if (input_open(&from, in, err) < 0)
        return -1;
    struct disk_geometry geometry = {.block_size = how->block_size, .fixed = how->fixed};
    if (size_choose(&geometry.size, in, from->size, how, err) < 0 ||
        atomic_create(&file, out, how->no_sync ? ATOMIC_NO_SYNC : 0, err) < 0 ||
        output_create(&to, out, how->container, file, &geometry, err) < 0)
        return -1;
    if (to->ops->identify && digest_begin(&digest, how->container, &geometry, err) < 0)
        return -1;
    struct conversion conversion = {
        .in = from,
        .out = to,
        .digest = digest,
        .events = how->events,
        .buf = buf,
    };
    event_step(how->events, "copying");
    if (content_copy(&conversion, err) < 0 || digest_end(digest, to, err) < 0 ||
        blockdev_close(steal(&to), err) < 0)
        return -1;
    if (how->dense) {
        event_step(how->events, "filling holes");
        if (vhdx_io_fill_holes(file->fd, out, err) < 0)
            return -1;
    }
    if (blockdev_close(steal(&from), err) < 0)
        return -1;
    return atomic_commit(steal(&file), err);
}

int vhdx_create(const char *path, const struct disk_geometry *geometry, struct error *err)
{
    struct atomic_file *file AUTO_ATOMIC = NULL;
    struct blockdev *dev AUTO_BLOCKDEV = NULL;
    struct digest *digest AUTO_DIGEST = NULL;
    if (atomic_create(&file, path, 0, err) < 0 ||
        output_create(&dev, path, &disk_vhdx, file, geometry, err) < 0 ||
        digest_begin(&digest, &disk_vhdx, geometry, err) < 0 || digest_end(digest, dev, err) < 0 ||
        blockdev_close(steal(&dev), err) < 0)
        return -1;
    return atomic_commit(steal(&file), err);
}
