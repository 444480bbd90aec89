/* SPDX-License-Identifier: GPL-3.0-or-later */
/* VHDX's row in the table of disk containers (core/disk.h). */
#include <string.h>

#include "core/disk.h"
#include "vhdx/vhdx.h"
#include "vhdx/vhdx_create.h"
#include "vhdx/vhdx_read.h"
#include "vhdx/vhdx_write.h"

static bool probe(const uint8_t *head, size_t n)
{
    static const char signature[] = "vhdxfile";
    size_t length = sizeof(signature) - 1;
    return n >= length && memcmp(head, signature, length) == 0;
}

const struct disk_driver disk_vhdx = {
    .name = "vhdx",
    .suffixes = ".vhdx",
    .default_size = VHDX_SIZE_DEFAULT,
    .size_step = VHDX_SIZE_UNIT,
    .probe = probe,
    .open = vhdx_read_open,
    .open_rw = vhdx_write_open,
    .create = vhdx_create_device,
};
