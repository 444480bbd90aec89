/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The smallest disk on which a tree fits to the last block. */
#ifndef LXKIT_IMAGE_EXT4_FIT_H
#define LXKIT_IMAGE_EXT4_FIT_H

#include <stdint.h>

#include "core/error.h"
#include "image/sink.h"

/* For a tree that takes that many blocks beside what a file system keeps for itself, and that many
 * inodes. The file system on a disk of out->bytes has room for it, one block less has not. */
int ext4_fit(uint64_t blocks, uint64_t inodes, struct sink_need *out, struct error *err) MUST_CHECK;

#endif
