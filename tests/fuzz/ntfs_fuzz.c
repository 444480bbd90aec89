/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An NTFS volume on a disk (fuzz_disk.h), read as a tree. Its table of letters, without which
 * libntfs-3g opens nothing and which would be most of an input, is put where mkntfs has it. */
#include "core/attributes.h"
#include "image/ntfs/ntfs_source.h"
#include "image/ntfs/ntfs_upcase.h"
#include "tests/fuzz/fuzz_disk.h"

enum {
    UPCASE_AT = 201 * 4096, /* on a volume of 4 MiB */
};

/* The library forgets an inode where it refuses a volume; that is not ours to mend. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libntfs-3g";
}

static int upcase_put(struct blockdev *dev)
{
    AUTO_FREE uint16_t *table = NULL;
    if (ntfs_upcase_make(&table, NULL) < 0)
        return -1;
    for (size_t i = 0; i < NTFS_UPCASE_UNITS; i++) {
        struct le16 unit = le16_put(table[i]);
        memcpy(&table[i], &unit, sizeof(unit));
    }
    dev->writable = true;
    int rc = blockdev_pwrite(dev, table, NTFS_UPCASE_UNITS * sizeof(*table), UPCASE_AT, NULL);
    dev->writable = false;
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_SOURCE struct source *source = NULL;
    AUTO_BLOCKDEV struct blockdev *dev = NULL;

    if (fuzz_disk(&dev, data, size) == 0 && upcase_put(dev) == 0 &&
        ntfs_source(&source, steal(&dev), NULL, NULL) == 0)
        fuzz_drain(source);
    return 0;
}
