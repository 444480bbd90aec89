/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Opening a tree, whatever holds it: by content, never by name. */
#include <string.h>
#include <sys/stat.h>

#include "core/disk.h"
#include "core/stream.h"
#include "image/decompress.h"
#include "image/format.h"
#include "image/image.h"
#include "image/mount/mount_journal.h"
#include "image/partition.h"

/* What a user can do with an input of the wrong kind; others are told what is expected. */
static const char *kind_advice(enum kind kind)
{
    if (kind_is_foreign_disk(kind))
        return "mount it (qemu-nbd, guestmount) and pack its root with tar";
    switch (kind) {
    case KIND_NTFS:
        return "it is read from a file or a device, not from a stream or out of a compressed file";
    case KIND_SQUASHFS:
        return "unpack it with unsquashfs and pack the directory with tar";
    case KIND_ISO9660:
        return "an installer cannot be installed; take the distribution's root file system";
    case KIND_ZIP:
        return "unpack it: an appx or zip of a distribution holds an install.tar.gz";
    case KIND_HTML:
        return "probably an error page was downloaded; look at it and at the URL";
    default:
        return "a tar archive of a root file system is expected, plain or compressed";
    }
}

static int stream_prepare(struct stream **out, const char *path, struct events *events,
                          struct error *err)
{
    struct stream *stream, *counted;
    uint64_t size;
    if (stream_open(&stream, path, &size, err) < 0 ||
        stream_progress(&counted, stream, events, size, err) < 0)
        return -1;
    return stream_readahead(out, counted, err);
}

static int stream_source(struct source **out, const char *path, struct events *events,
                         struct error *err)
{
    AUTO_STREAM struct stream *stream = NULL;
    enum kind kind;

    if (stream_prepare(&stream, path, events, err) < 0)
        return -1;
    if (decompress(&stream, &kind, err) < 0)
        return image_failed(path, err);
    const struct image_format *format = image_format_by_kind(kind);
    if (kind == KIND_EMPTY)
        error_set(err, ERROR_DAMAGED, "the file is empty; download or make it again");
    else if (!format || !format->source)
        error_set(err, ERROR_WRONG_KIND, "this is %s; %s", kind_words(kind), kind_advice(kind));
    else if (format->source(out, steal(&stream), events, err) == 0)
        return 0;
    return image_failed(path, err);
}

/* A place on a volume, where there is none. */
static int path_refuse(const struct image_open_options *options, const char *what,
                       struct error *err)
{
    if (!options->volume_path || options->others_whole)
        return 0;
    return error_set(
        err, ERROR_USAGE,
        "--path says where the tree begins on an NTFS volume, but this is %s; leave it "
        "out, or convert with --root-prefix",
        what);
}

/* What the disk at path holds. */
static int disk_source(struct source **out, const char *path,
                       const struct image_open_options *options, struct error *err)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    uint8_t head[KIND_HEAD_BYTES];

    if (disk_open(&dev, path, err) < 0)
        return -1;
    size_t n = dev->size < sizeof(head) ? (size_t)dev->size : sizeof(head);
    if (blockdev_pread(dev, head, n, 0, err) < 0)
        return -1;
    enum kind kind = kind_of(head, n);
    if (kind == KIND_UNKNOWN && partition_table_shown(head, n) &&
        partition_choose(&dev, &kind, err) < 0)
        return image_failed(path, err);
    const struct image_format *format = image_format_by_kind(kind);
    if (kind_is_blank(head, n))
        error_set(err, ERROR_WRONG_KIND,
                  "the disk is empty; a root file system is expected, ext4 or NTFS");
    else if (!format || !format->source_disk)
        error_set(err, ERROR_WRONG_KIND,
                  "the disk holds %s; a root file system is expected, ext4 or NTFS",
                  kind_words(kind));
    else if (kind != KIND_NTFS && path_refuse(options, kind_words(kind), err) < 0)
        return image_failed(path, err);
    else if (format->source_disk(out, steal(&dev), options, err) == 0)
        return 0;
    return image_failed(path, err);
}

/* Whether the file at path is a disk: a container, a file system that a format reads, or divided
 * into partitions. */
static int is_disk(const char *path, bool *out, struct error *err)
{
    uint8_t head[KIND_HEAD_BYTES];
    AUTO_STREAM struct stream *stream = NULL;

    *out = false;
    struct stat st;
    if (strcmp(path, "-") == 0 ||
        (stat(path, &st) == 0 && !S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)))
        return 0; /* what can be read only once is an archive */
    if (stream_open(&stream, path, NULL, err) < 0)
        return -1;
    ssize_t n = stream_read_full(stream, head, sizeof(head), err);
    if (n < 0)
        return -1;
    enum kind kind = kind_of(head, (size_t)n);
    const struct image_format *format = image_format_by_kind(kind);
    *out = kind == KIND_VHDX || (format && format->source_disk) ||
           (kind == KIND_UNKNOWN && partition_table_shown(head, (size_t)n));
    return 0;
}

static bool is_directory(const char *path)
{
    struct stat st;
    return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

bool image_can_read_twice(const char *path)
{
    struct stat st;
    if (strcmp(path, "-") == 0)
        return false;
    return stat(path, &st) < 0 ||
           !(S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode) || S_ISCHR(st.st_mode));
}

int image_open(struct source **out, const char *path, const struct image_open_options *options,
               struct error *err)
{
    struct image_open_options named = options ? *options : (struct image_open_options){0};
    struct events *events = named.events;
    bool disk;

    named.name = path;
    if (is_directory(path)) {
        if (path_refuse(&named, "a directory", err) < 0)
            return image_failed(path, err);
        const struct image_format *format = image_format_of_directory(path);
        return format->source_path(out, path, events, err) < 0 ? image_failed(path, err) : 0;
    }
    if (is_disk(path, &disk, err) < 0)
        return -1;
    if (disk && !named.knows_journal)
        mount_journal_tell(path, events);
    if (disk)
        return disk_source(out, path, &named, err);
    if (path_refuse(&named, "an archive", err) < 0)
        return image_failed(path, err);
    return stream_source(out, path, events, err);
}

int image_failed(const char *path, struct error *err)
{
    switch (err ? err->code : ERROR_NONE) {
    case ERROR_NONE:
    case ERROR_IO:
    case ERROR_NO_SPACE:
    case ERROR_DENIED:
    case ERROR_NO_MEMORY:
    case ERROR_INTERRUPTED:
        return -1; /* about another file, or none */
    default:
        return error_wrap(err, "%s", strcmp(path, "-") == 0 ? "standard input" : path);
    }
}
