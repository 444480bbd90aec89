/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/mount/mount.h"
#include "image/mount/mount_state.h"
#include "image/verify.h"

int mount_save(struct mount *mount, const struct image_target *target, struct events *events,
               struct error *err)
{
    AUTO_VERIFY struct verify verify = {.events = {0}};
    struct image_target whole = *target;

    mount_detach(mount);
    whole.mount = mount;
    if (verify_open(&verify, mount->input, &whole, events, err) < 0 ||
        image_build(mount->input, &whole, &verify.events, err) < 0)
        return -1;
    return verify_read(&verify, err);
}
