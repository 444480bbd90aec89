/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A VHDX (fuzz_vhdx.h) that is changed in place: repair changes nothing that could be read before,
 * and what is written to the disk is on it. */
#include "tests/fuzz/fuzz_vhdx.h"
#include "vhdx/vhdx_read.h"
#include "vhdx/vhdx_repair.h"
#include "vhdx/vhdx_write.h"

enum {
    SAMPLES = 16,
    SAMPLE_BYTES = 512,
    PIECE_BYTES = 12288,
};

/* The bytes at places all over the disk; where they cannot be read, why. */
struct samples {
    uint64_t size; /* of the disk; 0: it cannot be opened */
    uint8_t bytes[SAMPLES][SAMPLE_BYTES];
    int status[SAMPLES];
};

static void samples_take(struct samples *out, struct fuzz_file *file)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    *out = (struct samples){0};
    if (vhdx_read_open_medium(&dev, fuzz_medium(file, false), NULL) < 0)
        return;
    out->size = dev->size;
    for (int i = 0; i < SAMPLES && dev->size >= SAMPLE_BYTES; i++) {
        uint64_t off = (dev->size - SAMPLE_BYTES) / (SAMPLES - 1) * (uint64_t)i;
        out->status[i] = blockdev_pread(dev, out->bytes[i], SAMPLE_BYTES, off, NULL);
    }
}

static void expect_same(const struct samples *before, const struct samples *after)
{
    if (before->size == 0)
        return;
    if (after->size != before->size)
        abort();
    for (int i = 0; i < SAMPLES; i++) {
        if (before->status[i] < 0)
            continue;
        if (after->status[i] < 0 || memcmp(before->bytes[i], after->bytes[i], SAMPLE_BYTES) != 0)
            abort();
    }
}

static uint64_t place(const struct blockdev *dev, uint64_t number)
{
    return (dev->size - PIECE_BYTES) / SAMPLES * number;
}

/* Writes, gives back, and writes again. Whether all went well. */
static bool change(struct fuzz_file *file, const uint8_t *piece)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    if (vhdx_write_open_medium(&dev, fuzz_medium(file, true), NULL) < 0)
        return false;
    if (dev->size < PIECE_BYTES)
        return false;
    if (blockdev_pwrite(dev, piece, PIECE_BYTES, place(dev, 3), NULL) < 0 ||
        blockdev_zero(dev, place(dev, 5), place(dev, 6), NULL) < 0 ||
        blockdev_flush(dev, NULL) < 0 ||
        blockdev_pwrite(dev, piece, PIECE_BYTES, place(dev, 7), NULL) < 0 ||
        blockdev_pwrite(dev, piece, PIECE_BYTES, dev->size - PIECE_BYTES, NULL) < 0)
        return false;
    return blockdev_close(steal(&dev), NULL) == 0;
}

static void expect_piece(struct blockdev *dev, const uint8_t *piece, uint64_t off)
{
    uint8_t bytes[PIECE_BYTES];
    if (blockdev_pread(dev, bytes, sizeof(bytes), off, NULL) < 0 ||
        memcmp(bytes, piece, sizeof(bytes)) != 0)
        abort();
}

static void expect_changed(struct fuzz_file *file, const uint8_t *piece)
{
    AUTO_BLOCKDEV struct blockdev *dev = NULL;
    static const uint8_t zeros[PIECE_BYTES];
    if (vhdx_read_open_medium(&dev, fuzz_medium(file, false), NULL) < 0)
        abort();
    bool apart = dev->size / SAMPLES > 2 * PIECE_BYTES;
    if (apart) {
        expect_piece(dev, piece, place(dev, 3));
        expect_piece(dev, zeros, place(dev, 6));
        expect_piece(dev, piece, place(dev, 7));
        expect_piece(dev, zeros, place(dev, 8));
    }
    expect_piece(dev, piece, dev->size - PIECE_BYTES);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fuzz_file file CLEANUP(fuzz_file_free) = {0};
    struct samples before, after;
    struct vhdx_repairs repairs;
    uint8_t piece[PIECE_BYTES];
    if (fuzz_file_make(&file, data, size) < 0)
        return 0;
    samples_take(&before, &file);
    if (vhdx_repair_medium(&repairs, fuzz_medium(&file, true), 0, NULL) == 0) {
        samples_take(&after, &file);
        expect_same(&before, &after);
    }
    memset(piece, 'p', sizeof(piece));
    if (change(&file, piece))
        expect_changed(&file, piece);
    return 0;
}
