/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Extended attributes of an archive member in Linux's own form; ACLs become the attributes
 * system.posix_acl_access and system.posix_acl_default (version 2, little endian).
 * Source: linux/posix_acl_xattr.h. */
#ifndef LXKIT_IMAGE_TAR_XATTR_H
#define LXKIT_IMAGE_TAR_XATTR_H

#include <archive_entry.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/error.h"
#include "image/arena.h"
#include "image/entry.h"
#include "image/tar/tar_header.h"

enum {
    TAR_NO_MASK = -1,
};

struct tar_xattrs {
    struct xattr *list; /* names and values are the member's own, in acl[] or in arena */
    size_t n, size;
    struct arena arena;
    void *acl[2];
    int mask; /* of the access list, as a mode's three bits; or TAR_NO_MASK */
    /* An entry of a list that tells a user or group by name alone, as GNU tar writes them, and was
     * left out: names mean nothing outside of the system that made the archive. NULL: none. */
    char *nameless;
};

/* Whether only the records of the header tell the names of all attributes. */
bool tar_xattrs_want_records(struct archive_entry *member);
/* Replaces what was there. Valid as long as the member; records (of its header; n 0: not wanted or
 * not to be had) are copied. */
int tar_xattrs_read(struct tar_xattrs *xattrs, struct archive_entry *member,
                    const struct tar_record *records, size_t n, struct error *err) MUST_CHECK;
void tar_xattrs_free(struct tar_xattrs *xattrs);

#endif
