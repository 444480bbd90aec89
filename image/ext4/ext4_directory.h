/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Directories, made once when all their names are known: one linear block where the names fit,
 * a hash tree otherwise. */
#ifndef LXKIT_IMAGE_EXT4_DIRECTORY_H
#define LXKIT_IMAGE_EXT4_DIRECTORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"
#include "image/ext4/ext4_volume.h"
#include "image/tree.h"

struct ext4_directory {
    uint8_t *bytes; /* whole blocks; malloc'd */
    size_t n;       /* bytes */
    bool indexed;   /* it has a hash tree */
};

/* The blocks of a directory whose inode is number, in a parent with the inode parent. At least
 * blocks_min blocks. The numbers of the files in it are known. */
int ext4_directory_make(struct ext4_directory *out, const struct ext4_volume *volume,
                        const struct tree_file *directory, uint32_t parent, size_t blocks_min,
                        struct error *err) MUST_CHECK;
void ext4_directory_free(struct ext4_directory *directory);

#endif
