/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A VHDX's log alone: a file (fuzz_vhdx.h) whose log of 64 KiB is in use, for a header that names
 * it. What the log makes of the file in memory and in place must be the same. */
#include "tests/fuzz/fuzz_vhdx.h"
#include "vhdx/vhdx_log.h"

enum {
    LOG_BYTES = 64 << 10,
    COMPARED = 64 << 10, /* at once */
};

static const struct vhdx_header header = {
    .log = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}},
    .log_length = LOG_BYTES,
    .log_offset = VHDX_LOG_OFFSET,
};

static bool load(struct vhdx_log *log, struct vhdx_medium *medium)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_OPEN, .path = medium->path};
    bool found;
    return vhdx_log_load(log, medium, &header, &judge, &found, NULL) == 0 && found;
}

static void compare(struct vhdx_medium *overlay, struct vhdx_medium *replayed)
{
    static uint8_t a[COMPARED], b[COMPARED];
    if (overlay->length != replayed->length)
        abort();
    for (uint64_t off = 0; off < overlay->length; off += COMPARED) {
        size_t n =
            overlay->length - off < COMPARED ? (size_t)(overlay->length - off) : (size_t)COMPARED;
        if (vhdx_medium_read(overlay, a, n, off, NULL) < 0 ||
            vhdx_medium_read(replayed, b, n, off, NULL) < 0 || memcmp(a, b, n) != 0)
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_file file CLEANUP(fuzz_file_free) = {0};
    struct fuzz_file copy CLEANUP(fuzz_file_free) = {0};
    struct vhdx_log log CLEANUP(vhdx_log_free) = {0};
    struct vhdx_medium *overlay AUTO_VHDX_MEDIUM = NULL;
    if (fuzz_file_make(&file, data, size) < 0 || file.length < VHDX_LOG_OFFSET + LOG_BYTES)
        return 0;
    struct vhdx_medium *below AUTO_VHDX_MEDIUM = fuzz_medium(&file, false);
    if (!load(&log, below) || fuzz_file_make(&copy, data, size) < 0)
        return 0;
    struct vhdx_medium *in_place AUTO_VHDX_MEDIUM = fuzz_medium(&copy, true);
    if (vhdx_log_replay(&log, in_place, NULL) < 0) /* more than there is space for */
        return 0;
    if (vhdx_log_overlay(&overlay, steal(&below), &log, NULL) == 0)
        compare(overlay, in_place);
    return 0;
}
