/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Disks of 4 MiB. An input is no image but the parts of one that are not zeros, so that it is short
 * and every change of it means something:
 *
 *     offset (4 bytes, little endian) | length (2 bytes) | length bytes      ... and so on
 *
 * The last part may be cut short. tests/fuzz/make_corpus.py packs images like that. */
#ifndef LXKIT_TESTS_FUZZ_FUZZ_DISK_H
#define LXKIT_TESTS_FUZZ_FUZZ_DISK_H

#include "core/blockdev.h"
#include "core/le.h"
#include "tests/fuzz/fuzz.h"

enum {
    FUZZ_DISK_BYTES = 4 << 20,
};

struct fuzz_part_head {
    struct le32 offset; /* +0: modulo FUZZ_DISK_BYTES */
    struct le16 length; /* +4 */
};

static inline int fuzz_disk(struct blockdev **out, const uint8_t *data, size_t size)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    struct fuzz_part_head head;

    if (blockdev_create_memory(&dev, FUZZ_DISK_BYTES, NULL) < 0)
        return -1;
    while (size > sizeof(head)) {
        memcpy(&head, data, sizeof(head));
        data += sizeof(head);
        size -= sizeof(head);
        uint32_t offset = le32_get(head.offset) % FUZZ_DISK_BYTES;
        size_t n = le16_get(head.length);
        if (n > size)
            n = size;
        size_t fits = n < FUZZ_DISK_BYTES - offset ? n : FUZZ_DISK_BYTES - offset;
        if (blockdev_pwrite(dev, data, fits, offset, NULL) < 0)
            return -1;
        data += n;
        size -= n;
    }
    dev->writable = false;
    *out = steal(&dev);
    return 0;
}

#endif
