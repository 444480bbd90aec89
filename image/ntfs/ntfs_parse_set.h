/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A set of numbers that takes memory only where it has some, so that a few of them may be large. */
#ifndef LXKIT_IMAGE_NTFS_NTFS_PARSE_SET_H
#define LXKIT_IMAGE_NTFS_NTFS_PARSE_SET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/error.h"

enum {
    NTFS_SET_PART_BYTES = 4096,
};

struct ntfs_set {
    uint8_t **parts;
    size_t n_parts;
};

/* Of numbers below limit. */
int ntfs_set_begin(struct ntfs_set *set, uint64_t limit, struct error *err) MUST_CHECK;
/* 1; 0: it has it already; negative. */
int ntfs_set_add(struct ntfs_set *set, uint64_t number, struct error *err) MUST_CHECK;
/* The numbers 8 * at to 8 * at + 7, as bits from the lowest on; beyond the limit there are none. */
uint8_t ntfs_set_byte(const struct ntfs_set *set, uint64_t at);
void ntfs_set_free(struct ntfs_set *set);

#endif
