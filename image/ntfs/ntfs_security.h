/* SPDX-License-Identifier: GPL-3.0-or-later */
/* $Secure: the access control lists of a volume, each once, in a stream ($SDS) with two indexes.
 *
 * Windows checks them on top of Linux's modes, for the user as whom WSL runs: that user has to be
 * allowed everything. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_SECURITY_H
#define LXKIT_IMAGE_NTFS_NTFS_SECURITY_H

#include <stddef.h>
#include <stdint.h>

enum ntfs_security_id {
    NTFS_SECURITY_SYSTEM = 0x100,    /* the volume's own files */
    NTFS_SECURITY_DIRECTORY = 0x101, /* everything to everybody who logs in; files inherit it */
    NTFS_SECURITY_FILE = 0x102,
};

enum {
    NTFS_SECURITY_COUNT = 3,
    NTFS_SECURITY_BYTES_MAX = 1024, /* of all entries together */
    NTFS_SECURITY_COPY = 256 << 10, /* where in the stream the second copy lies */
    NTFS_SECURITY_ENTRY_BYTES = 48, /* of an index, at most */
};

/* The beginning of $SDS; the same bytes come again at NTFS_SECURITY_COPY. Returns their number, and
 * the entries of both indexes in their orders with the length of one. */
size_t ntfs_security_make(uint8_t stream[NTFS_SECURITY_BYTES_MAX],
                          uint8_t by_id[NTFS_SECURITY_COUNT][NTFS_SECURITY_ENTRY_BYTES],
                          size_t *by_id_bytes,
                          uint8_t by_hash[NTFS_SECURITY_COUNT][NTFS_SECURITY_ENTRY_BYTES],
                          size_t *by_hash_bytes);

#endif
