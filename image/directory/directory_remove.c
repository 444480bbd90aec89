/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_remove.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/attributes.h"
#include "image/directory/directory_fd.h"

enum {
    READ_BYTES = 4096, /* read again for each directory inside: little at a time */
};

/* Opens a directory after taking the right to empty it. */
static int enter(int directory, const char *name)
{
    AUTO_FD int held = openat(directory, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (held < 0 || chmod(directory_proc(held).name, S_IRWXU) < 0)
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
                unlinkat(directory, name, 0) == 0 || unlinkat(directory, name, AT_REMOVEDIR) == 0)
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
