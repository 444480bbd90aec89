/* SPDX-License-Identifier: GPL-3.0-or-later */
/* ext4 as a bulk writer: one pass over the input. Data goes to its final place as it arrives, in
 * long contiguous runs; names and inodes are kept in memory (about 300 bytes each) and written at
 * the end: extent trees, attributes, directories, inode tables, and last bitmaps, descriptors and
 * superblocks.
 *
 * Under SOURCE_DATE_EPOCH every identifier follows from that value, the options and the tree's
 * metadata; everything with a checksum is therefore written after the last entry came. */
#ifndef LXKIT_IMAGE_EXT4_SINK_H
#define LXKIT_IMAGE_EXT4_SINK_H

#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "core/event.h"
#include "image/sink.h"

/* dev is borrowed, new and reads as zeros; the file system takes all of it. */
int ext4_sink(struct sink **out, struct blockdev *dev, const struct sink_options *options,
              struct error *err) MUST_CHECK;

#endif
