/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes as wslfs has them: the owner and mode of every file as EAs of their own, and
 * Linux's attributes as EAs "LX.NAME" in upper case, with four bytes before the value.
 * Source: microsoft/WSL wdk.h; lxutil in openvmm; a record that Windows wrote. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_EAS_H
#define LXKIT_IMAGE_NTFS_NTFS_EAS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/ntfs/ntfs_format.h"
#include "image/tree.h"

enum ntfs_xattr_fate {
    NTFS_XATTR_KEPT,
    NTFS_XATTR_FOLDED,  /* kept, but its name has capital letters, which come back small */
    NTFS_XATTR_ACL,     /* an access control list: there is no place for it */
    NTFS_XATTR_HOST,    /* security.selinux, security.ima, security.evm: they mean nothing there */
    NTFS_XATTR_SPACE,   /* not of security, trusted or user */
    NTFS_XATTR_NAME,    /* a name that an EA cannot have */
    NTFS_XATTR_TWICE,   /* the same as another one in capital letters */
    NTFS_XATTR_NO_ROOM, /* all EAs of a file together have 64 KiB */
};

struct ntfs_eas {
    uint8_t bytes[NTFS_EAS_BYTES_MAX + 8]; /* the value of EA */
    size_t n;
    size_t packed; /* bytes without padding, for EA_INFORMATION */
    uint32_t sum;  /* of Linux' attributes, as image/ntfs/ntfs_carrier.h has it */
    enum ntfs_xattr_fate fates[TREE_XATTRS_MAX]; /* by the file's attributes */
};

enum {
    NTFS_EAS_BASE_BYTES = 96, /* of owner, mode and device, generously */
};

/* What becomes of an attribute; *used counts the bytes that are taken, and begins with
 * NTFS_EAS_BASE_BYTES for each file. Whether it comes twice is the caller's to see. */
enum ntfs_xattr_fate ntfs_xattr_fate(const char *name, size_t size, size_t *used);
bool ntfs_xattr_is_kept(enum ntfs_xattr_fate fate);
/* Whether two names are one as an EA. */
bool ntfs_xattr_same(const char *a, const char *b);

/* mode with the type's bits. */
void ntfs_eas_make(struct ntfs_eas *eas, const struct tree_file *file, uint32_t mode);
/* Whether one of the first n attributes, not i itself, is kept and is the same as an EA. */
bool ntfs_xattr_has_twin(const struct ntfs_eas *eas, const struct tree_file *file, size_t i,
                         size_t n);
/* Adds a carrier; false where there is no room for it. */
bool ntfs_eas_carry(struct ntfs_eas *eas, const void *carrier, size_t n);

#endif
