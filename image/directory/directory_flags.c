/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_flags.h"

#include <errno.h>
#include <linux/fs.h>
#include <stddef.h>
#include <sys/ioctl.h>

#include "core/attributes.h"
#include "image/entry_flags.h"

/* What every file system tells without the file being opened. */
static uint16_t flags_of_statx(const struct statx *stx)
{
    static const struct {
        uint64_t attribute;
        uint16_t flag;
    } table[] = {
        {STATX_ATTR_IMMUTABLE, ENTRY_IMMUTABLE},
        {STATX_ATTR_APPEND, ENTRY_APPEND},
        {STATX_ATTR_NODUMP, ENTRY_NO_DUMP},
    };
    unsigned flags = 0;
    for (size_t i = 0; i < array_length(table); i++) {
        if (stx->stx_attributes & stx->stx_attributes_mask & table[i].attribute)
            flags |= table[i].flag;
    }
    return (uint16_t)flags;
}

uint16_t directory_flags_get(int fd, const struct statx *stx)
{
    unsigned int flags = 0; /* the kernel writes an int, whatever the number's size says */
    if (fd < 0 || ioctl(fd, FS_IOC_GETFLAGS, &flags) < 0)
        return flags_of_statx(stx);
    return entry_flags_from_linux(flags);
}

/* How a file system says that it has no flags, or not this one. */
static int refused(void)
{
    if (errno == ENOTTY || errno == ENOSYS || errno == EINVAL)
        errno = EOPNOTSUPP;
    return -1;
}

int directory_flags_set(int fd, uint16_t mask, uint16_t flags)
{
    unsigned int before, after;
    if (ioctl(fd, FS_IOC_GETFLAGS, &before) < 0)
        return refused();
    after = (before & ~entry_flags_to_linux(mask)) | entry_flags_to_linux(flags & mask);
    if (after == before)
        return 0;
    return ioctl(fd, FS_IOC_SETFLAGS, &after) < 0 ? refused() : 0;
}
