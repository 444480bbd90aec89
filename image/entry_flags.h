/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The flags of an entry as others have them: as bits of the kernel (FS_IOC_GETFLAGS, and just so in
 * an inode of ext4 and in libarchive), and as the words of mtree(5), which are also those of
 * SCHILY.fflags in an archive. */
#ifndef LXKIT_IMAGE_ENTRY_FLAGS_H
#define LXKIT_IMAGE_ENTRY_FLAGS_H

#include <stdint.h>

enum {
    ENTRY_FLAGS_TEXT_BYTES = 64,
};

/* Bits that have no flag of ours are left out. */
uint16_t entry_flags_from_linux(uint32_t linux_flags);
uint32_t entry_flags_to_linux(uint16_t flags);
/* "sappnd,schg"; "none" where there are none. */
void entry_flags_text(uint16_t flags, char text[ENTRY_FLAGS_TEXT_BYTES]);

#endif
