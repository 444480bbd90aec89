/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reparse points: what makes a file of NTFS more than a file. WSL's own are a symbolic link, a
 * socket, a fifo or a device; links of Windows are read as symbolic links.
 * Sources: microsoft/WSL, lxutil's fs.rs and symlink.rs in openvmm, [MS-FSCC] 2.1.2. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_REPARSE_READ_H
#define LXKIT_IMAGE_NTFS_NTFS_REPARSE_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/entry.h"

enum {
    NTFS_REPARSE_BYTES_MAX = 16384, /* as $AttrDef limits it */
};

enum ntfs_reparse_kind {
    NTFS_REPARSE_LINUX,    /* type, and target for a symbolic link */
    NTFS_REPARSE_IN_DATA,  /* a symbolic link of LX_SYMLINK version 1: the content is its target */
    NTFS_REPARSE_RELATIVE, /* a link of Windows: target is ready */
    NTFS_REPARSE_ABSOLUTE, /* a link of Windows: target is "C:/..." or another name of Windows */
    NTFS_REPARSE_FOREIGN,  /* the file is more, or less, than its content: only Windows reads it */
};

struct ntfs_reparse {
    enum ntfs_reparse_kind kind;
    enum entry_type type;
    uint32_t tag;
    char *target; /* malloc'd; of a symbolic link whose target is known */
};

/* The value of a REPARSE_POINT. DAMAGED: what it says does not fit into it. */
int ntfs_reparse_read(struct ntfs_reparse *out, const uint8_t *value, size_t n,
                      struct error *err) MUST_CHECK;

/* What follows the drive in an absolute target, "/Users" in "C:/Users"; NULL: it has none. */
const char *ntfs_reparse_on_drive(const char *target);
/* "C:/Users" as "/mnt/c/Users", where WSL shows the drives; else the target as it is. malloc'd;
 * NULL: out of memory. */
char *ntfs_reparse_drive_path(const char *target);

#endif
