/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "image/ntfs/ntfs_parse_set.h"

#include <stdlib.h>

int ntfs_set_begin(struct ntfs_set *set, uint64_t limit, struct error *err)
{
    set->n_parts = (size_t)(limit / 8 / NTFS_SET_PART_BYTES + 1);
    set->parts = calloc(set->n_parts, sizeof(*set->parts));
    return set->parts ? 0 : error_no_memory(err);
}

int ntfs_set_add(struct ntfs_set *set, uint64_t number, struct error *err)
{
    uint64_t at = number / 8;
    uint8_t **part = &set->parts[at / NTFS_SET_PART_BYTES];
    if (!*part && !(*part = calloc(1, NTFS_SET_PART_BYTES)))
        return error_no_memory(err);
    uint8_t *byte = &(*part)[at % NTFS_SET_PART_BYTES], bit = (uint8_t)(1 << number % 8);
    if (*byte & bit)
        return 0;
    *byte |= bit;
    return 1;
}

uint8_t ntfs_set_byte(const struct ntfs_set *set, uint64_t at)
{
    uint64_t part = at / NTFS_SET_PART_BYTES;
    if (part >= set->n_parts || !set->parts[part])
        return 0;
    return set->parts[part][at % NTFS_SET_PART_BYTES];
}

void ntfs_set_free(struct ntfs_set *set)
{
    for (size_t i = 0; i < set->n_parts; i++)
        free(set->parts[i]);
    free(set->parts);
    *set = (struct ntfs_set){0};
}
