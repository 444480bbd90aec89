/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What lies in a file of an ext4 file system: extents, old block maps, inline data. */
#ifndef LXKIT_IMAGE_EXT4_CONTENT_H
#define LXKIT_IMAGE_EXT4_CONTENT_H

#include <ext2fs/ext2fs.h>
#include <stddef.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/error.h"
#include "image/ext4/ext4_extents.h"
#include "image/ext4/ext4_io.h"
#include "image/source.h"

enum {
    EXT4_CONTENT_EXTENTS_MAX = 1 << 24, /* of one file */
};

struct ext4_content {
    ext2_filsys fs;
    const struct ext4_io *io;
    struct blockdev *dev;
    struct ext4_map_builder map;
    struct data_extent *runs; /* map in bytes; room for runs_size */
    size_t runs_size;
    size_t at;       /* extent that is being read */
    uint64_t offset; /* in bytes within it */
    uint64_t size;   /* of the file */
    size_t inline_n; /* bytes of inline data in buffer, not given yet */
    uint8_t *buffer;
};

/* All but content are borrowed. */
int ext4_content_init(struct ext4_content *content, ext2_filsys fs, const struct ext4_io *io,
                      struct blockdev *dev, struct error *err) MUST_CHECK;
void ext4_content_free(struct ext4_content *content);

/* Turns to another file, by the number of its inode. */
int ext4_content_begin(struct ext4_content *content, uint32_t number, uint64_t size,
                       struct error *err) MUST_CHECK;
/* As source_map(). */
int ext4_content_map(struct ext4_content *content, const struct data_extent **out, size_t *n,
                     struct error *err) MUST_CHECK;
/* As source_content(). */
int ext4_content_next(struct ext4_content *content, struct content *out,
                      struct error *err) MUST_CHECK;
/* n bytes from off on, holes as zeros; they must lie in the file, of which nothing was read by
 * ext4_content_next(). */
int ext4_content_pread(const struct ext4_content *content, void *buf, size_t n, uint64_t off,
                       struct error *err) MUST_CHECK;

#endif
