/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/remove.h"

#include <errno.h>
#include <unistd.h>

#include "install/disk_lock.h"
#include "install/move.h"
#include "install/unsaved.h"

int remove_distribution(struct registry *registry, struct registration *entry, struct error *err)
{
    AUTO_FREE char *disk = NULL;
    if (registration_disk(entry, &disk, err) < 0 || disk_check_unused(disk, err) < 0 ||
        leftover_delete(registry, entry, err) < 0)
        return -1;

    registry_retire(registry, entry);
    if (registry_commit(registry, err) < 0)
        return -1;
    if (unlink(disk) < 0 && errno != ENOENT && errno != ENOTDIR)
        return error_errno(err, errno,
                           "delete %s (the distribution is marked as being uninstalled: remove it "
                           "again when this is mended)",
                           disk);
    if (unsaved_delete(entry, err) < 0)
        return -1;
    /* Not empty, or not ours: then it stays. */
    (void)rmdir(entry->base_path);
    registry_remove(registry, entry);
    return registry_commit(registry, err);
}
