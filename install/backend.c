/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "install/backend.h"

#include <string.h>

const struct backend backends[BACKENDS] = {
    {.name = "vm",
     .version = "2",
     .format = "ext4",
     .words = "ext4 in VHDX",
     .disk_file = "ext4.vhdx",
     .file_system = KIND_EXT4,
     .flags = REGISTRATION_VM},
    {.name = "translation",
     .version = "1",
     .format = "ntfs",
     .words = "NTFS in VHDX",
     .disk_file = "wslfs.vhdx",
     .file_system = KIND_NTFS},
};

const struct backend *backend_find(const char *word)
{
    for (size_t i = 0; i < BACKENDS; i++) {
        if (strcmp(backends[i].name, word) == 0 || strcmp(backends[i].version, word) == 0)
            return &backends[i];
    }
    return NULL;
}

const struct backend *backend_of_disk(enum kind file_system)
{
    for (size_t i = 0; i < BACKENDS; i++) {
        if (backends[i].file_system == file_system)
            return &backends[i];
    }
    return NULL;
}

const struct backend *registration_backend(const struct registration *entry)
{
    for (size_t i = 0; i < BACKENDS; i++) {
        if (backends[i].flags == (entry->flags & REGISTRATION_VM))
            return &backends[i];
    }
    return &backends[0];
}

void backend_set(struct registration *entry, const struct backend *backend)
{
    entry->flags = (entry->flags & ~(uint32_t)REGISTRATION_VM) | backend->flags;
}
