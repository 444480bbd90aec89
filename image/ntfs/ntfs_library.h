/* SPDX-License-Identifier: GPL-3.0-or-later */
/* libntfs-3g on a block device: it judges the journal and decompresses. Nothing is ever written and
 * no journal is replayed.
 *
 * Everything else is read by our own parser: the library asks the disk for each record, cannot show
 * extended attributes as they lie there, and believes more than a hostile volume deserves. For that
 * reason it sees one only after ntfs_check_open(). */
#ifndef LXKIT_IMAGE_NTFS_NTFS_LIBRARY_H
#define LXKIT_IMAGE_NTFS_NTFS_LIBRARY_H

#include <stddef.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"

struct ntfs_library; /* an open volume */

/* dev is borrowed. *unclean: why the volume may be inconsistent, in words; NULL: it was unmounted.
 */
int ntfs_library_open(struct ntfs_library **out, struct blockdev *dev, const char **unclean,
                      struct error *err) MUST_CHECK;
void ntfs_library_close(struct ntfs_library *library); /* NULL is fine */

/* Turns to the unnamed data of the file in that record; one at a time. */
int ntfs_library_stream_open(struct ntfs_library *library, uint64_t number,
                             struct error *err) MUST_CHECK;
/* n bytes of it, decompressed; they must lie in it. */
int ntfs_library_stream_read(struct ntfs_library *library, void *buf, size_t n, uint64_t offset,
                             struct error *err) MUST_CHECK;
void ntfs_library_stream_close(struct ntfs_library *library);

#endif
