/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tells one tree from another, so that changes of one are not made in the other. */
#ifndef LXKIT_IMAGE_MOUNT_MOUNT_FINGERPRINT_H
#define LXKIT_IMAGE_MOUNT_MOUNT_FINGERPRINT_H

#include "core/digest.h"
#include "core/error.h"
#include "image/mount/mount_state.h"

/* SHA-256 of all names and attributes, but not of content: of two states of one tree the times
 * differ, too. */
int mount_fingerprint(const struct mount *mount, struct sha256 *out, struct error *err) MUST_CHECK;

#endif
