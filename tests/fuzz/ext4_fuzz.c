/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A file system on a disk of 4 MiB. An input is no image but the parts of one that are not zeros,
 * so that it is short and every change of it means something:
 *
 *     offset (4 bytes, little endian) | length (2 bytes) | length bytes      ... and so on
 *
 * The last part may be cut short. tests/fuzz/make_corpus.py packs images like that. */
#include "core/blockdev.h"
#include "core/le.h"
#include "image/ext4/ext4_source.h"
#include "tests/fuzz/fuzz.h"

enum {
    DISK_BYTES = 4 << 20,
};

struct part_head {
    struct le32 offset; /* +0: modulo DISK_BYTES */
    struct le16 length; /* +4 */
};

static int disk_make(struct blockdev **out, const uint8_t *data, size_t size)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    struct part_head head;

    if (blockdev_create_memory(&dev, DISK_BYTES, NULL) < 0)
        return -1;
    while (size > sizeof(head)) {
        memcpy(&head, data, sizeof(head));
        data += sizeof(head);
        size -= sizeof(head);
        uint32_t offset = le32_get(head.offset) % DISK_BYTES;
        size_t n = le16_get(head.length);
        if (n > size)
            n = size;
        size_t fits = n < DISK_BYTES - offset ? n : DISK_BYTES - offset;
        if (blockdev_pwrite(dev, data, fits, offset, NULL) < 0)
            return -1;
        data += n;
        size -= n;
    }
    dev->writable = false;
    *out = steal(&dev);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_SOURCE struct source *source = NULL;
    struct blockdev *dev;

    if (disk_make(&dev, data, size) == 0 && ext4_source(&source, dev, NULL, NULL) == 0)
        fuzz_drain(source);
    return 0;
}
