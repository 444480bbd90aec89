/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/run/vm_disk.h"

#include <errno.h>
#include <unistd.h>

#include "install/disk_examine.h"
#include "install/disk_lock.h"
#include "vhdx/vhdx.h"

static int log_replay(const char *disk, struct error *err)
{
    struct vhdx_info info;
    struct vhdx_repairs repairs;
    if (vhdx_info(&info, disk, err) < 0)
        return -1;
    if (info.differencing)
        return error_set(err, ERROR_UNSUPPORTED,
                         "%s is a differencing disk, which QEMU does not write; lxvhdx convert "
                         "makes a whole one of it",
                         disk);
    return info.dirty ? vhdx_repair(&repairs, disk, 0, err) : 0;
}

int vm_disk_prepare(const char *disk, const char **format, struct error *err)
{
    enum kind kind;
    if (access(disk, F_OK) < 0)
        return error_errno(err, errno, "open %s", disk);
    if (disk_check_unused(disk, err) < 0 || disk_kind(&kind, disk, err) < 0 ||
        disk_kind_check(kind, disk, err) < 0)
        return -1;
    *format = kind == KIND_VHDX ? "vhdx" : "raw";
    return kind == KIND_VHDX ? log_replay(disk, err) : 0;
}

int vm_disk_finish(const char *disk, struct error *err)
{
    struct error why;
    enum kind kind;
    if (disk_kind(&kind, disk, &why) == 0 && (kind != KIND_VHDX || log_replay(disk, &why) == 0))
        return 0;
    return error_set(err, why.code, "%s", why.text);
}
