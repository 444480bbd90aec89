/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/unsaved.h"

#include <errno.h>
#include <stdio.h>
#include <unistd.h>

#include "image/image.h"

int unsaved_path(const struct registration *registration, char **out, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    *out = NULL;
    if (registration_disk(registration, &disk, err) < 0)
        return -1;
    if (asprintf(out, "%s" MOUNT_JOURNAL_SUFFIX, disk) >= 0)
        return 0;
    *out = NULL;
    return error_no_memory(err);
}

bool unsaved_is_there(const struct registration *registration)
{
    AUTO_FREE char *disk = NULL;
    struct error ignored;
    return registration_disk(registration, &disk, &ignored) == 0 && mount_journal_is_beside(disk);
}

int unsaved_refuse(const struct registration *registration, struct error *err)
{
    if (!unsaved_is_there(registration))
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "a run of %s did not end well, and what it changed is not in its disk yet; "
                     "save that first: lxinstall run %s -- true",
                     registration->distribution_name, registration->distribution_name);
}

int unsaved_refuse_disk(const char *disk, struct error *err)
{
    if (!mount_journal_is_beside(disk))
        return 0;
    return error_set(err, ERROR_EXISTS,
                     "%s: a run did not end well, and what it changed is in %s" MOUNT_JOURNAL_SUFFIX
                     " alone; register the disk where it lies and save that first: lxinstall "
                     "import-in-place NAME %s, then lxinstall run NAME -- true",
                     disk, disk, disk);
}

int unsaved_delete(const struct registration *registration, struct error *err)
{
    AUTO_FREE char *disk = NULL, *image = NULL, *journal = NULL;
    if (registration->flags & REGISTRATION_VM)
        return 0; /* files of these names are somebody else's */
    if (registration_disk(registration, &disk, err) < 0 ||
        unsaved_path(registration, &journal, err) < 0)
        return -1;
    if (asprintf(&image, "%s" UNSAVED_IMAGE, disk) < 0)
        return error_no_memory(err);
    if (unlink(image) < 0 && errno != ENOENT && errno != ENOTDIR)
        return error_errno(err, errno, "delete %s", image);
    if (unlink(journal) < 0 && errno != ENOENT && errno != ENOTDIR)
        return error_errno(err, errno, "delete %s", journal);
    return 0;
}
