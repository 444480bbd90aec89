/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_library.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* What the library's headers would learn from its own configure script. */
#define HAVE_STDARG_H   1
#define HAVE_STDIO_H    1
#define HAVE_SYS_STAT_H 1
#define HAVE_TIME_H     1
#include <ntfs-3g/attrib.h>
#include <ntfs-3g/device.h>
#include <ntfs-3g/inode.h>
#include <ntfs-3g/logfile.h>
#include <ntfs-3g/logging.h>
#include <ntfs-3g/volume.h>

#include "core/attributes.h"

struct ntfs_library {
    struct blockdev *dev;
    uint64_t position;
    struct error error; /* the first one of dev; libntfs-3g carries only a number */
    ntfs_volume *volume;
    ntfs_inode *inode; /* of the stream that is open */
    ntfs_attr *stream;
};

/* ---- a block device, as libntfs-3g wants it ---- */

static int device_open(struct ntfs_device *device, int flags)
{
    (void)flags;
    NDevSetOpen(device);
    NDevSetReadOnly(device);
    return 0;
}

static int device_close(struct ntfs_device *device)
{
    NDevClearOpen(device);
    return 0;
}

static s64 device_pread(struct ntfs_device *device, void *buf, s64 count, s64 offset)
{
    struct ntfs_library *library = device->d_private;
    uint64_t size = library->dev->size;
    if (count < 0 || offset < 0) {
        errno = EINVAL;
        return -1;
    }
    if ((uint64_t)offset >= size)
        return 0;
    uint64_t n = size - (uint64_t)offset;
    n = (uint64_t)count < n ? (uint64_t)count : n;
    struct error *err = library->error.code == ERROR_NONE ? &library->error : NULL;
    if (blockdev_pread(library->dev, buf, (size_t)n, (uint64_t)offset, err) < 0) {
        errno = EIO;
        return -1;
    }
    return (s64)n;
}

static s64 device_seek(struct ntfs_device *device, s64 offset, int whence)
{
    struct ntfs_library *library = device->d_private;
    uint64_t from = whence == SEEK_CUR   ? library->position
                    : whence == SEEK_END ? library->dev->size
                                         : 0;
    uint64_t to = from + (uint64_t)offset;
    if (to > library->dev->size) {
        errno = EINVAL;
        return -1;
    }
    library->position = to;
    return (s64)to;
}

static s64 device_read(struct ntfs_device *device, void *buf, s64 count)
{
    struct ntfs_library *library = device->d_private;
    s64 n = device_pread(device, buf, count, (s64)library->position);
    if (n > 0)
        library->position += (uint64_t)n;
    return n;
}

static s64 device_pwrite(struct ntfs_device *device, const void *buf, s64 count, s64 offset)
{
    (void)device, (void)buf, (void)count, (void)offset;
    errno = EROFS;
    return -1;
}

static s64 device_write(struct ntfs_device *device, const void *buf, s64 count)
{
    return device_pwrite(device, buf, count, 0);
}

static int device_sync(struct ntfs_device *device)
{
    (void)device;
    return 0;
}

static int device_stat(struct ntfs_device *device, struct stat *st)
{
    struct ntfs_library *library = device->d_private;
    *st = (struct stat){.st_mode = S_IFREG | S_IRUSR, .st_size = (off_t)library->dev->size};
    return 0;
}

static int device_ioctl(struct ntfs_device *device, unsigned long request, void *argument)
{
    (void)device, (void)request, (void)argument;
    errno = EOPNOTSUPP;
    return -1;
}

static struct ntfs_device_operations *device_operations(void)
{
    static const struct ntfs_device_operations operations = {
        .open = device_open,
        .close = device_close,
        .seek = device_seek,
        .read = device_read,
        .write = device_write,
        .pread = device_pread,
        .pwrite = device_pwrite,
        .sync = device_sync,
        .stat = device_stat,
        .ioctl = device_ioctl,
    };
    return (struct ntfs_device_operations *)(uintptr_t)&operations; /* nobody writes to it */
}

/* ---- the volume ---- */

static int failed(const struct ntfs_library *library, const char *what, struct error *err)
{
    int errnum = errno;
    if (library->error.code != ERROR_NONE) {
        if (err)
            *err = library->error;
        return -1;
    }
    if (errnum == ENOMEM)
        return error_no_memory(err);
    return error_set(err, ERROR_DAMAGED, "%s (%s); run chkdsk on it in Windows", what,
                     strerror(errnum));
}

/* NULL: what the journal says, or nothing that speaks against it. */
static const char *journal_unclean(ntfs_volume *volume)
{
    RESTART_PAGE_HEADER *restart = NULL;
    const char *why = NULL;
    ntfs_inode *inode = ntfs_inode_open(volume, FILE_LogFile);
    ntfs_attr *journal = inode ? ntfs_attr_open(inode, AT_DATA, AT_UNNAMED, 0) : NULL;

    if (!journal || !ntfs_check_logfile(journal, &restart))
        why = "its journal cannot be read";
    else if (!ntfs_is_logfile_clean(journal, restart))
        why = "its journal holds changes that are not in their place";
    free(restart);
    if (journal)
        ntfs_attr_close(journal);
    if (inode)
        ntfs_inode_close(inode);
    return why;
}

static int volume_open(struct ntfs_library *library, struct error *err)
{
    ntfs_log_set_handler(ntfs_log_handler_null);
    struct ntfs_device *device = ntfs_device_alloc("disk", 0, device_operations(), library);
    if (!device)
        return error_no_memory(err);
    library->volume = ntfs_device_mount(device, NTFS_MNT_RDONLY | NTFS_MNT_FORENSIC);
    if (library->volume)
        return 0;
    failed(library, "the NTFS volume cannot be opened", err);
    ntfs_device_free(device);
    return -1;
}

int ntfs_library_open(struct ntfs_library **out, struct blockdev *dev, const char **unclean,
                      struct error *err)
{
    struct ntfs_library *library = calloc(1, sizeof(*library));
    if (!library)
        return error_no_memory(err);
    library->dev = dev;
    if (volume_open(library, err) < 0) {
        ntfs_library_close(library);
        return -1;
    }
    *unclean = library->volume->flags & VOLUME_IS_DIRTY ? "Windows marked it to be checked"
                                                        : journal_unclean(library->volume);
    *out = library;
    return 0;
}

void ntfs_library_close(struct ntfs_library *library)
{
    if (!library)
        return;
    ntfs_library_stream_close(library);
    if (library->volume)
        ntfs_umount(library->volume, TRUE);
    free(library);
}

/* ---- one stream ---- */

int ntfs_library_stream_open(struct ntfs_library *library, uint64_t number, struct error *err)
{
    ntfs_library_stream_close(library);
    library->inode = ntfs_inode_open(library->volume, number);
    if (library->inode)
        library->stream = ntfs_attr_open(library->inode, AT_DATA, AT_UNNAMED, 0);
    return library->stream ? 0 : failed(library, "the content cannot be found", err);
}

int ntfs_library_stream_read(struct ntfs_library *library, void *buf, size_t n, uint64_t offset,
                             struct error *err)
{
    s64 got = ntfs_attr_pread(library->stream, (s64)offset, (s64)n, buf);
    if (got >= 0 && (size_t)got < n)
        errno = EIO;
    return got >= 0 && (size_t)got == n ? 0
                                        : failed(library, "the content cannot be read whole", err);
}

void ntfs_library_stream_close(struct ntfs_library *library)
{
    if (library->stream)
        ntfs_attr_close(library->stream);
    if (library->inode)
        ntfs_inode_close(library->inode);
    library->stream = NULL;
    library->inode = NULL;
}
