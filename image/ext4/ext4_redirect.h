/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A device some of whose blocks are read from elsewhere on it. */
#ifndef LXKIT_IMAGE_EXT4_REDIRECT_H
#define LXKIT_IMAGE_EXT4_REDIRECT_H

#include <stdbool.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"

struct ext4_redirect;

int ext4_redirect_new(struct ext4_redirect **out, uint32_t block_bytes,
                      struct error *err) MUST_CHECK;
void ext4_redirect_free(struct ext4_redirect *redirect);

/* Block is no longer redirected by transactions up to and with sequence. */
int ext4_redirect_revoke(struct ext4_redirect *redirect, uint64_t block, uint32_t sequence,
                         struct error *err) MUST_CHECK;
/* Block is read from copy, unless that was revoked; the later of two counts. escaped: the first
 * four bytes are the journal's magic number. Revocations come before. */
int ext4_redirect_add(struct ext4_redirect *redirect, uint64_t block, uint64_t copy,
                      uint32_t sequence, bool escaped, struct error *err) MUST_CHECK;

/* The device; owns redirect and dev, and cannot be written. */
struct blockdev *ext4_redirect_device(struct ext4_redirect *redirect, struct blockdev *dev);

#endif
