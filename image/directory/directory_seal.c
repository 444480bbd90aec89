/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/directory/directory_seal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "core/cancel.h"
#include "image/directory/directory_fd.h"
#include "image/directory/directory_flags.h"
#include "image/directory/directory_metadata.h"

/* Opens what lies at path below the directory, name by name: a whole path may be longer than the
 * system takes. -1 with errno. */
static int path_open(int directory, char *path)
{
    AUTO_FD int held = fcntl(directory, F_DUPFD_CLOEXEC, 0);
    for (char *name = path, *next; held >= 0 && name; name = next) {
        next = strchr(name, '/');
        if (next)
            *next++ = '\0';
        int inner = directory_hold(held, name);
        cleanup_fd(&held);
        held = inner;
    }
    return held < 0 ? -1 : directory_read(held);
}

static int file_seal(int directory, const struct tree_file *file, const char *root,
                     struct events *events, struct error *err)
{
    AUTO_FREE char *path = NULL;
    if (tree_path(file, &path, err) < 0)
        return -1;
    AUTO_FD int fd = path_open(directory, path);
    /* Without the rights to open it there are none to set these flags; the error is that then. */
    if (fd < 0 && errno != EACCES)
        return directory_failed(root, file, errno, "open", err);
    return directory_metadata_seal(fd, file, root, events, err);
}

int directory_seal(int fd, const struct tree *tree, const char *path, struct events *events,
                   struct error *err)
{
    for (const struct tree_file *file = tree->root->next; file; file = file->next) {
        if (file->links == 0 || !(file->flags & DIRECTORY_FLAGS_HARD))
            continue;
        if (cancel_check(err) < 0 || file_seal(fd, file, path, events, err) < 0)
            return -1;
    }
    return 0;
}
