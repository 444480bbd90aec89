/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Names as wslfs stores them: UTF-16, and what Windows does not allow in a name moved up by U+F000.
 * Source: microsoft/WSL, lxutil's path.rs in openvmm. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_NAME_H
#define LXKIT_IMAGE_NTFS_NTFS_NAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image/ntfs/ntfs_format.h"

enum {
    NTFS_NAME_SUFFIX_UNITS = 9, /* by which a name of another form can be longer than its text */
};

struct ntfs_name {
    uint16_t units[NTFS_NAME_UNITS_MAX];
    uint8_t length;
};

/* text: at most 255 bytes. False where it has no form that reads back the same (it is no UTF-8, or
 * has one of the units that stand for others): *out is then another name, made of it and of a
 * checksum that tells it from its like. */
bool ntfs_name_make(struct ntfs_name *out, const char *text, size_t n);

/* The order of names in a directory, by the volume's table: upper case first, then length, then the
 * units themselves. a and b are n_a and n_b units. */
int ntfs_name_compare(const uint16_t *a, size_t n_a, const uint16_t *b, size_t n_b,
                      const uint16_t *upcase);

#endif
