/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The entries of an index in their order, each block seen once. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_PARSE_INDEX_H
#define LXKIT_IMAGE_NTFS_NTFS_PARSE_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ntfs/ntfs_parse_file.h"

enum {
    NTFS_INDEX_DEPTH_MAX = 16,
    NTFS_KEY_BYTES_MAX = 1024,
};

struct ntfs_index_item {
    uint64_t file; /* of a directory */
    const uint8_t *key;
    size_t key_length;
    const uint8_t *data; /* of other indexes */
    size_t data_length;
};

/* each() is called for every entry, in the index's order; negative ends the walk. root: its
 * INDEX_ROOT. 1: the index is whole; 0: parts of it could not be read, which was judged. */
int ntfs_parse_index(struct ntfs_parse *parse, const struct ntfs_file *file,
                     const struct ntfs_whole *root,
                     int (*each)(void *context, const struct ntfs_index_item *item,
                                 struct error *err),
                     void *context, struct error *err) MUST_CHECK;

#endif
