/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_mounted_path.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "image/ntfs/ntfs_format.h"
#include "image/ntfs/ntfs_name_read.h"

/* The place in self->text where the last name of path belongs. What comes before it is the same as
 * in the entry before, or all of it. */
static size_t name_place(const struct ntfs_mounted_path *self, const char *path)
{
    const char *at = self->text;
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        at = strchrnul(at, '/');
        if (!strchr(slash + 1, '/'))
            return (size_t)(at - self->text);
        at++;
    }
    return 0;
}

/* A name that Linux did not give as it stands must not be one that another file has. */
static int name_check(const struct ntfs_mounted_path *self, const char *path, const char *shown,
                      const char *name, struct error *err)
{
    AUTO_FREE char *other = NULL;
    if (strcmp(shown, name) == 0)
        return 0;
    if (asprintf(&other, "%.*s%s", (int)(shown - path), path, name) < 0)
        return error_no_memory(err);
    if (faccessat(self->root, other, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
        return 0;
    return error_set(err, ERROR_DAMAGED,
                     "%.200s: two files have this name in Linux, the other is %.200s on the mount; "
                     "rename one of them",
                     other, shown);
}

int ntfs_mounted_path_set(struct ntfs_mounted_path *self, const char *path,
                          const struct ntfs_inode_facts *facts, uint64_t inode, const char **why,
                          struct error *err)
{
    char text[NTFS_NAME_TEXT_BYTES + NAME_BYTES_MAX];
    uint8_t units[2 * NTFS_NAME_UNITS_MAX];
    const char *slash = strrchr(path, '/');
    const char *shown = slash ? slash + 1 : path;
    bool whole;

    size_t at = name_place(self, path);
    size_t length = ntfs_name_units(units, shown, strlen(shown));
    size_t n = ntfs_name_text(units, length, self->generation, text, &whole);
    const char *kept = facts->carried.has_names
                           ? ntfs_carrier_name(&facts->metadata.carrier, units, length)
                           : NULL;
    *why = kept ? NULL : ntfs_name_fit(text, &n, whole, (uint32_t)inode);
    const char *name = kept ? kept : text;
    n = strlen(name);
    if (at + 1 + n > PATH_BYTES_MAX)
        return error_set(err, ERROR_LIMIT, "%.200s: its path has more than %d bytes", path,
                         PATH_BYTES_MAX);
    if (name_check(self, path, shown, name, err) < 0)
        return -1;
    if (at > 0)
        self->text[at++] = '/';
    memcpy(self->text + at, name, n + 1);
    return 0;
}
