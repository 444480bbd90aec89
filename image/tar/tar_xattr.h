/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes of an archive member in Linux's own form; ACLs become the attributes
 * system.posix_acl_access and system.posix_acl_default (version 2, little endian).
 * Source: linux/posix_acl_xattr.h. */
#ifndef LXKIT_IMAGE_TAR_XATTR_H
#define LXKIT_IMAGE_TAR_XATTR_H

#include <archive_entry.h>
#include <stddef.h>

#include "core/error.h"
#include "image/entry.h"

enum {
    TAR_NO_MASK = -1,
};

struct tar_xattrs {
    struct xattr *list; /* names and values are the member's own or in acl[] */
    size_t n, size;
    void *acl[2];
    int mask; /* of the access list, as a mode's three bits; or TAR_NO_MASK */
};

/* Replaces what was there. Valid as long as the member. */
int tar_xattrs_read(struct tar_xattrs *xattrs, struct archive_entry *member,
                    struct error *err) MUST_CHECK;
void tar_xattrs_free(struct tar_xattrs *xattrs);

#endif
