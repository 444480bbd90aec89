/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An ext4 file system on a disk (fuzz_disk.h). */
#include "image/ext4/ext4_source.h"
#include "tests/fuzz/fuzz_disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_SOURCE struct source *source = NULL;
    struct blockdev *dev;

    if (fuzz_disk(&dev, data, size) == 0 && ext4_source(&source, dev, NULL, NULL) == 0)
        fuzz_drain(source);
    return 0;
}
