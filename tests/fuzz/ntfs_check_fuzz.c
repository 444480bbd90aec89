/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An NTFS volume on a disk (fuzz_disk.h), checked, and asked whether it may be opened. */
#include "image/ntfs/ntfs_check.h"
#include "image/ntfs/ntfs_parse.h"
#include "tests/fuzz/fuzz_disk.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    struct findings report AUTO_FINDINGS = {0};
    struct ntfs_parse parse;
    struct ntfs_judge judge;

    if (fuzz_disk(&dev, data, size) < 0)
        return 0;
    bool checked = ntfs_check(&report, dev, NULL, NULL) == 0;
    bool opens = ntfs_check_open(&parse, &judge, dev, NULL, NULL) == 0;
    ntfs_parse_close(&parse);
    /* What has nothing wrong may be opened. */
    if (checked && report.complete && report.n == 0 && !opens)
        abort();
    for (size_t i = 0; i < report.n; i++)
        fuzz_touch_text(report.list[i].text, false);
    return 0;
}
