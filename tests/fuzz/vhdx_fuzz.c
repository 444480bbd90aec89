/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A VHDX (fuzz_vhdx.h): checked, walked over without its parent, and read where it can be opened.
 */
#include "tests/fuzz/fuzz_vhdx.h"
#include "vhdx/vhdx_check.h"
#include "vhdx/vhdx_content.h"
#include "vhdx/vhdx_read.h"

enum {
    EXTENTS_MAX = 64, /* looked at */
    READ_BYTES = 8192,
};

static void check(struct fuzz_file *file)
{
    struct findings report AUTO_FINDINGS = {0};
    if (vhdx_check_medium(&report, fuzz_medium(file, false), NULL) < 0)
        return;
    for (size_t i = 0; i < report.n; i++) {
        fuzz_touch_text(report.list[i].rule.id, false);
        fuzz_touch_text(report.list[i].text, false);
    }
}

/* Runs follow each other, and lie in the file. */
static void walk(struct fuzz_file *file)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_DESCRIBE};
    struct vhdx_content content CLEANUP(vhdx_content_drop) = {0};
    struct vhdx_file *opened;
    uint64_t off = 0;
    if (vhdx_file_open_medium(&opened, fuzz_medium(file, false), &judge, NULL) < 0)
        return;
    if (!opened->complete) {
        vhdx_file_close(opened);
        return;
    }
    uint64_t size = opened->layout.virtual_size;
    if (vhdx_content_init(&content, opened, VHDX_TO_DESCRIBE, NULL, NULL) < 0)
        return;
    for (int i = 0; i < EXTENTS_MAX && off < size; i++) {
        struct vhdx_run run;
        if (vhdx_content_run(&content, off, size - off, &run, NULL) < 0)
            return;
        if (run.length == 0 || run.length > size - off || run.source == VHDX_IN_BOTH ||
            (run.source == VHDX_IN_FILE && run.at < VHDX_HEADER_SECTION))
            abort();
        off += run.length;
    }
}

/* The beginning of each extent: holes are zeros, and extents follow each other. */
static void read_extents(struct blockdev *dev)
{
    uint8_t bytes[READ_BYTES];
    uint64_t off = 0;
    for (int i = 0; i < EXTENTS_MAX && off < dev->size; i++) {
        struct extent extent;
        if (blockdev_extent(dev, off, &extent, NULL) < 0)
            return;
        if (extent.offset != off || extent.length == 0 || extent.length > dev->size - off)
            abort();
        size_t n = extent.length < sizeof(bytes) ? (size_t)extent.length : sizeof(bytes);
        if (blockdev_pread(dev, bytes, n, off, NULL) < 0)
            return;
        fuzz_touch(bytes, n);
        if (!extent.allocated && (bytes[0] != 0 || memcmp(bytes, bytes + 1, n - 1) != 0))
            abort();
        off += extent.length;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_file file CLEANUP(fuzz_file_free) = {0};
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    if (fuzz_file_make(&file, data, size) < 0)
        return 0;
    check(&file);
    walk(&file);
    if (vhdx_read_open_medium(&dev, fuzz_medium(&file, false), NULL) == 0)
        read_extents(dev);
    return 0;
}
