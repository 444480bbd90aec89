/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/entered.h"

#include <stdlib.h>
#include <string.h>

bool is_entered(const struct registry_place *place, const struct guid *guid, const char *disk)
{
    AUTO_REGISTRY struct registry *registry = NULL;
    AUTO_FREE char *named = NULL;
    if (registry_open_at(&registry, place, REGISTRY_READ, NULL) < 0)
        return true;
    const struct registration *entry = registry_by_guid(registry, guid);
    if (!entry)
        return false;
    return registration_disk(entry, &named, NULL) < 0 || strcmp(named, disk) == 0;
}
