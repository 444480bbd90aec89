/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/export.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/disk.h"
#include "image/image.h"
#include "install/disk_lock.h"
#include "install/distribution_lock.h"
#include "install/sidecar.h"
#include "vhdx/vhdx.h"

static int disk_make(const char *disk, const struct export_request *request,
                     const struct disk_driver *container, struct events *events, struct error *err)
{
    const struct vhdx_convert how = {
        .container = container,
        .no_sync = request->no_sync,
        .events = events,
    };
    return vhdx_convert(disk, request->out, &how, err);
}

static bool is_wsl(const char *path)
{
    size_t n = strlen(path);
    return n > 4 && strcasecmp(path + n - 4, ".wsl") == 0;
}

static int archive_make(const struct registration *entry, const char *disk,
                        const struct export_request *request, struct events *events,
                        struct error *err)
{
    struct image_target target = {
        .path = request->out,
        .format = "tar",
        .no_sync = request->no_sync,
        .strict = request->strict,
        .report = request->report,
    };
    /* Whoever installs a .wsl with wsl.exe reads no sidecar. */
    if (is_wsl(request->out) && !request->no_sidecar) {
        target.filter.provision.default_name = entry->distribution_name;
        target.filter.provision.default_uid = entry->default_uid;
        if (epoch_get(&target.filter.provision.now, err) < 0)
            return -1;
    }
    return image_build(disk, &target, events, err);
}

/* Any file may be called an archive with --format; here the ending is all there is to go by. */
static int out_check(const struct export_request *request, struct error *err)
{
    const char *out = request->out;
    const struct image_target target = {.path = out};
    size_t n = strlen(out);
    if (request->vhd && disk_by_suffix(out) != &disk_vhdx)
        return error_set(err, ERROR_USAGE,
                         "%s: --vhd makes a file whose name ends in .vhdx; name it so, or leave "
                         "--vhd out",
                         out);
    if (request->report && disk_by_suffix(out))
        return error_set(err, ERROR_USAGE,
                         "%s: a copy of a disk loses nothing, so there is nothing to report; leave "
                         "--report out",
                         out);
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
    AUTO_FD int in_use = -1;
    AUTO_FD int lock = -1;

    if (out_check(request, err) < 0)
        return -1;
    if (entry->state != STATE_INSTALLED)
        return error_set(err, ERROR_BUSY,
                         "%s is %s, and only an installed distribution can be exported; wait until "
                         "that is over; if nothing works on it, see: lxinstall doctor",
                         entry->distribution_name, registration_state_words(entry->state));
    if (registration_disk_there(entry, &disk, err) < 0 ||
        distribution_lock(&in_use, entry, DISTRIBUTION_READ, err) < 0 ||
        disk_lock(&lock, disk, err) < 0)
        return -1;
    if ((container ? disk_make(disk, request, container, events, err)
                   : archive_make(entry, disk, request, events, err)) < 0)
        return -1;
    if (request->no_sidecar || strcmp(request->out, "-") == 0)
        return 0;
    if (sidecar_write(request->out, entry, request->no_sync, err) < 0)
        return error_wrap(err, "%s is complete, but its settings could not be written beside it",
                          request->out);
    return 0;
}
