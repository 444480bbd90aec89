/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/export.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>

#include "core/disk.h"
#include "image/image.h"
#include "install/remove.h"
#include "vhdx/vhdx.h"

/* A disk that changes while it is read gives a tree that never was. */
static int disk_lock(int *fd, const char *disk, struct error *err)
{
    if (remove_check_unused(disk, err) < 0)
        return -1;
    *fd = open(disk, O_RDONLY | O_CLOEXEC);
    if (*fd < 0)
        return error_errno(err, errno, "open %s", disk);
    if (flock(*fd, LOCK_SH | LOCK_NB) < 0)
        return error_set(err, ERROR_BUSY,
                         "%s is in use by another process; stop the distribution first", disk);
    return 0;
}

static int disk_copy(const char *disk, const struct export_request *request,
                     const struct disk_driver *container, struct events *events, struct error *err)
{
    const struct vhdx_convert how = {
        .container = container,
        .no_sync = request->no_sync,
        .events = events,
    };
    return vhdx_convert(disk, request->out, &how, err);
}

static int archive_make(const char *disk, const struct export_request *request,
                        struct events *events, struct error *err)
{
    const struct image_target target = {
        .path = request->out,
        .format = "tar",
        .no_sync = request->no_sync,
    };
    return image_build(disk, &target, events, err);
}

/* Any file may be called an archive with --format; here the ending is all there is to go by. */
static int out_check(const char *out, struct error *err)
{
    const struct image_target target = {.path = out};
    size_t n = strlen(out);
    if (n > 0 && out[n - 1] == '/')
        return error_set(err, ERROR_USAGE,
                         "%s: a distribution is exported to a file; add a name that ends in .tar, "
                         ".tar.gz, .tar.xz, .tar.zst, .wsl or .vhdx",
                         out);
    return image_target_check(&target, err);
}

int export_distribution(const struct registration *entry, const struct export_request *request,
                        struct events *events, struct error *err)
{
    const struct disk_driver *container = disk_by_suffix(request->out);
    AUTO_FREE char *disk = NULL;
    AUTO_FD int lock = -1;

    if (out_check(request->out, err) < 0)
        return -1;
    if (entry->state != STATE_INSTALLED)
        return error_set(err, ERROR_BUSY,
                         "%s is %s, and only an installed distribution can be exported; wait until "
                         "that is over",
                         entry->distribution_name, registration_state_words(entry->state));
    if (registration_disk(entry, &disk, err) < 0)
        return -1;
    if (access(disk, F_OK) < 0)
        return error_errno(err, errno, "the disk of %s, %s", entry->distribution_name, disk);
    if (disk_lock(&lock, disk, err) < 0)
        return -1;
    return container ? disk_copy(disk, request, container, events, err)
                     : archive_make(disk, request, events, err);
}
