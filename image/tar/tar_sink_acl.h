/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Access control lists on their way into an archive. */
#ifndef LXKIT_IMAGE_TAR_SINK_ACL_H
#define LXKIT_IMAGE_TAR_SINK_ACL_H

#include <archive_entry.h>
#include <stdbool.h>
#include <stdint.h>

#include "image/entry.h"

/* Gives member the list that xattr holds. False, with member as it was, where xattr is no list, or
 * one that would not be read back the same: it then has to go in as an attribute. mode is the
 * file's, and is set in member already. */
bool tar_sink_acl(struct archive_entry *member, const struct xattr *xattr, uint16_t mode);

#endif
