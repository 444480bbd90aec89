/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Without the attributes that belong to the machine a tree was made on, not to the tree. */
#ifndef LXKIT_IMAGE_FILTER_XATTR_H
#define LXKIT_IMAGE_FILTER_XATTR_H

#include "core/error.h"
#include "image/source.h"

/* security.selinux, security.ima and security.evm go; every other attribute stays, in its order.
 * inner is owned, also on failure. */
int filter_xattr(struct source **out, struct source *inner, struct error *err) MUST_CHECK;

#endif
