/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The frame of an ext4 file system, by libext2fs: superblocks, groups, bitmaps, journal.
 *
 * It is made as WSL's own mkfs.ext4 -G 4096 makes it, with e2fsprogs' features of Debian 12. What
 * nothing uses yet (inode tables, the journal's body) is never written: the device reads as zeros
 * there, and says so in its flags. */
#ifndef LXKIT_IMAGE_EXT4_VOLUME_H
#define LXKIT_IMAGE_EXT4_VOLUME_H

#include <ext2fs/ext2fs.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/blockdev.h"
#include "core/digest.h"
#include "core/epoch.h"
#include "core/error.h"
#include "image/ext4/ext4_io.h"
#include "image/ext4/ext4_space.h"

enum {
    EXT4_BYTES_MIN = 8 << 20,     /* of a file system: below, no journal fits */
    EXT4_BYTES_PER_INODE = 16384, /* mkfs.ext4's ratio */
};

struct ext4_volume {
    struct blockdev *dev; /* borrowed */
    struct ext4_io io;
    ext2_filsys fs;
    struct ext4_space space;
    struct ext4_run reserved; /* for the journal and what it needs beside its blocks */
    uint64_t overhead;        /* blocks that tables and bitmaps take */
    uint32_t checksum_seed;   /* known after ext4_volume_identify() */
    uint64_t inodes_missing;
    struct epoch now;
};

/* Lays out a file system over all of dev; inodes at least (0: by the ratio). Nothing of weight is
 * written yet. */
int ext4_volume_create(struct ext4_volume *volume, struct blockdev *dev, uint64_t inodes,
                       struct error *err) MUST_CHECK;
/* Sets the identifiers: UUID, hash seed, and from them the seed of all checksums. They follow from
 * identity; NULL: random. Whatever carries a checksum is written after this. */
int ext4_volume_identify(struct ext4_volume *volume, const struct sha256 *identity,
                         struct error *err) MUST_CHECK;
/* Where the checksums of an inode and of all its blocks start from. */
uint32_t ext4_volume_seed(const struct ext4_volume *volume, uint32_t inode);
/* Whether a block or an inode is missing: the disk is of no use any more, and what follows only
 * counts. Nothing is written or marked then. */
bool ext4_volume_is_short(const struct ext4_volume *volume);
/* Whole blocks that ext4_space_take() gave, to the disk and back; of a disk that is short nothing
 * is read, and bytes are of no meaning. */
int ext4_volume_write(struct ext4_volume *volume, const void *bytes, const struct ext4_run *run,
                      struct error *err) MUST_CHECK;
int ext4_volume_read(struct ext4_volume *volume, void *bytes, const struct ext4_run *run,
                     struct error *err) MUST_CHECK;
/* Marks blocks and inodes as used. */
void ext4_volume_use_blocks(struct ext4_volume *volume, uint64_t start, uint64_t length);
void ext4_volume_use_inode(struct ext4_volume *volume, uint32_t number, int directory);
/* Writes the reserved inodes, the journal, bitmaps, descriptors, and last the superblock. */
int ext4_volume_finish(struct ext4_volume *volume, struct error *err) MUST_CHECK;
void ext4_volume_free(struct ext4_volume *volume);

#endif
