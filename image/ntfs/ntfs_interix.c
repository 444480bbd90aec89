/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_interix.h"

#include <assert.h>
#include <string.h>

#include "core/le.h"
#include "image/ntfs/ntfs_name_read.h"

struct interix_disk {
    char magic[8];     /* +0: "IntxLNK\1", "IntxCHR\0" or "IntxBLK\0" */
    struct le64 major; /* +8: of devices; a link's target in UTF-16 begins here */
    struct le64 minor; /* +16 */
};
static_assert(sizeof(struct interix_disk) == 24, "Interix device");

static bool begins(const uint8_t *content, size_t n, const char magic[8])
{
    return n >= 8 && memcmp(content, magic, 8) == 0;
}

int ntfs_interix_read(struct ntfs_interix *out, const uint8_t *content, size_t n, struct error *err)
{
    struct interix_disk disk;

    *out = (struct ntfs_interix){0};
    if (n <= 1) {
        out->type = n == 0 ? ENTRY_FIFO : ENTRY_SOCKET;
        return 1;
    }
    if (begins(content, n, "IntxLNK\1") && n > 8 && n % 2 == 0) {
        out->type = ENTRY_SYMLINK;
        out->target = ntfs_name_path(content + 8, (n - 8) / 2);
        return out->target ? 1 : error_no_memory(err);
    }
    bool character = begins(content, n, "IntxCHR");
    if (n != sizeof(disk) || (!character && !begins(content, n, "IntxBLK")))
        return 0;
    memcpy(&disk, content, sizeof(disk));
    out->type = character ? ENTRY_CHARACTER : ENTRY_BLOCK;
    out->major = (uint32_t)le64_get(disk.major);
    out->minor = (uint32_t)le64_get(disk.minor);
    return 1;
}
