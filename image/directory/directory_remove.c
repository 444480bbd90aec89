/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/attributes.h"
#include "image/directory/directory_fd.h"
#include "image/directory/directory_flags.h"

enum {
    READ_BYTES = 4096, /* read again for each directory inside: little at a time */
};

/* What is immutable or may only be appended to cannot be removed, nor what lies in it. */
static void flags_drop(int held)
{
    struct statx stx;
    if (statx(held, "", AT_EMPTY_PATH, STATX_TYPE, &stx) < 0 ||
        !(stx.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)))
        return;
    AUTO_FD int fd = directory_read(held);
    if (fd >= 0)
        (void)!directory_flags_set(fd, DIRECTORY_FLAGS_HARD, 0);
}

/* Removes a name of a file, or of an empty directory. */
static int name_remove(int directory, const char *name)
{
    for (bool again = false;; again = true) {
        if (unlinkat(directory, name, 0) == 0 || unlinkat(directory, name, AT_REMOVEDIR) == 0)
            return 0;
        if (errno != EPERM || again)
            return -1;
        AUTO_FD int held = directory_hold(directory, name);
        if (held >= 0)
            flags_drop(held);
    }
}

/* Opens a directory after taking the right to empty it. */
static int enter(int directory, const char *name)
{
    AUTO_FD int held = openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (held < 0)
        return -1;
    flags_drop(held);
    if (chmod(directory_proc(held).name, S_IRWXU) < 0)
        return -1;
    return directory_read(held);
}

/* Removes what can be: 0 when the directory is empty, 1 with *child opened when a directory in it
 * is not. */
static int sweep(int directory, int *child)
{
    _Alignas(struct dirent64) char buf[READ_BYTES];
    ssize_t n;
    if (lseek(directory, 0, SEEK_SET) < 0)
        return -1;
    while ((n = getdents64(directory, buf, sizeof(buf))) > 0) {
        for (char *at = buf; at < buf + n;) {
            const struct dirent64 *record = (const struct dirent64 *)(void *)at;
            const char *name = record->d_name;
            at += record->d_reclen;
            if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 ||
                name_remove(directory, name) == 0)
                continue;
            if (errno != ENOTEMPTY && errno != EEXIST)
                return -1;
            *child = enter(directory, name);
            return *child < 0 ? -1 : 1;
        }
    }
    return (int)n;
}

int directory_remove(int directory, const char *name)
{
    AUTO_FD int fd = enter(directory, name);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;

    unsigned long depth = 0;
    for (;;) {
        int next = -1;
        int rc = sweep(fd, &next);
        if (rc < 0)
            return -1;
        if (rc == 0 && depth == 0)
            return unlinkat(directory, name, AT_REMOVEDIR);
        if (rc == 0)
            next = openat(fd, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (next < 0)
            return -1;
        depth = rc == 0 ? depth - 1 : depth + 1;
        close(fd);
        fd = next;
    }
}
