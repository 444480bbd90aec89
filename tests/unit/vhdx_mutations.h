/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Changes of one good file of 7 MiB: a disk of 16 blocks of 1 MiB, of which 0, 5 and 9 are there.
 */
#ifndef LXKIT_TESTS_UNIT_VHDX_MUTATIONS_H
#define LXKIT_TESTS_UNIT_VHDX_MUTATIONS_H

#include "core/error.h"
#include "vhdx/vhdx_format.h"

enum {
    PATCHES_MAX = 12,
    MIB = 1 << 20,
    DISK_BLOCKS = 16,
    FILE_LENGTH = 7 * MIB, /* tables up to 4 MiB, then blocks 0, 5 and 9 */

    H1 = VHDX_HEADER_1,
    H2 = VHDX_HEADER_2,
    R1 = VHDX_REGION_TABLE_1,
    R2 = VHDX_REGION_TABLE_2,
    REGION_METADATA = 16, /* entries of a region table */
    REGION_BAT = 48,
    REGION_NEW = 80,
    META = VHDX_METADATA_OFFSET,
    ITEM_PARAMETERS = META + 32, /* entries of the metadata table */
    ITEM_SIZE = META + 64,
    ITEM_LOGICAL = META + 96,
    ITEM_NEW = META + 192,
    VALUES = META + VHDX_TABLE_BYTES,
    BAT = VHDX_BAT_OFFSET,
    LOG = VHDX_LOG_OFFSET,
    LOG_WORD = 0x65676f6c, /* "loge" */

    /* Which checksums are made right again after the change. */
    SEAL_HEADERS = 1,
    SEAL_REGIONS = 2,
    SEAL_LOG = 4, /* of an entry of one sector at the log's start */
};

struct patch {
    uint64_t at;
    uint64_t value;
    size_t n; /* bytes of value, little-endian; 0: the end of the list */
};

struct mutation {
    const char *name;
    struct patch patches[PATCHES_MAX];
    unsigned seal;
    const char *ids; /* in the order found, a blank behind each */
    enum error_code reading;
    uint64_t length; /* of the file, 0: as it is */
};

/* Marks the log as in use, and makes an entry without descriptors. */
#define DIRTY_LOG                                                              \
    {H2 + 48, 1, 1}, {LOG, LOG_WORD, 4}, {LOG + 8, 4096, 4}, {LOG + 16, 1, 8}, \
    {                                                                          \
        LOG + 32, 1, 1                                                         \
    }

extern const struct mutation mutations[];
extern const size_t n_mutations;

#endif
