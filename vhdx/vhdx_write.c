/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_write.h"

#include <stdlib.h>
#include <string.h>

#include "vhdx/vhdx_commit.h"
#include "vhdx/vhdx_content.h"
#include "vhdx/vhdx_io.h"
#include "vhdx/vhdx_space.h"

struct vhdx_changer {
    struct blockdev dev;
    struct vhdx_content content;
    struct vhdx_pages changes; /* of the BAT */
    struct vhdx_space space;   /* from the first change on */
    uint64_t *given_up;        /* places that the file's table still points to, until the commit */
    size_t n_given_up;
    bool begun;  /* the file has been changed */
    bool broken; /* a commit failed: what the file's table says is not known */
};

static struct vhdx_changer *changer_of(struct blockdev *dev)
{
    return (struct vhdx_changer *)dev;
}

static uint32_t block_size_of(const struct vhdx_changer *changer)
{
    return changer->content.file->layout.block_size;
}

static struct vhdx_medium *medium_of(const struct vhdx_changer *changer)
{
    return changer->content.file->medium;
}

/* ---- begin and commit ---- */

/* Who owns which space is found out before anything is written: a file whose blocks overlap is not
 * touched. */
static int space_load(struct vhdx_changer *changer, struct error *err)
{
    struct vhdx_content *content = &changer->content;
    if (vhdx_space_init(&changer->space, content->file, err) < 0)
        return -1;
    return vhdx_space_claim_blocks(&changer->space, &content->bat, &content->judge, err);
}

static int begin(struct vhdx_changer *changer, struct error *err)
{
    struct vhdx_file *file = changer->content.file;
    if (changer->broken)
        return error_set(err, ERROR_IO,
                         "%s: an earlier write failed, so no more is written; see that the disk "
                         "below has space and works, and open it again",
                         file->medium->path);
    if (changer->begun)
        return 0;
    if (space_load(changer, err) < 0)
        return -1;
    changer->broken = true;
    if (vhdx_commit_begin(file, true, err) < 0)
        return -1;
    /* Old versions of QEMU cut the last block short. */
    uint64_t end = vhdx_space_end(&changer->space);
    if (end > file->medium->length && vhdx_medium_resize(file->medium, end, err) < 0)
        return -1;
    changer->begun = true;
    changer->broken = false;
    return 0;
}

static int commit(struct vhdx_changer *changer, struct error *err)
{
    uint32_t block_size = block_size_of(changer);
    changer->broken = true;
    if (vhdx_commit(changer->content.file, &changer->changes, err) < 0)
        return -1;
    for (size_t i = 0; i < changer->n_given_up; i++) {
        uint64_t at = changer->given_up[i];
        if (vhdx_medium_zero(medium_of(changer), block_size, at, err) < 0)
            return -1;
        vhdx_space_free(&changer->space, at, block_size);
    }
    changer->n_given_up = 0;
    changer->broken = false;
    return 0;
}

/* ---- blocks ---- */

static int block_get(struct vhdx_changer *changer, uint64_t block, struct vhdx_block *out,
                     struct error *err)
{
    return vhdx_bat_block(&changer->content.bat, &changer->content.judge, block, out, err);
}

/* Changes a block's entry; the space it had, if any, is free after the next commit. */
static int block_set(struct vhdx_changer *changer, uint64_t block, const struct vhdx_block *before,
                     uint64_t entry, struct error *err)
{
    uint64_t index = vhdx_layout_index(&changer->content.file->layout, block);
    /* Room for the entry's page, and for the place, before anything changes. */
    if (changer->changes.n == VHDX_PAGES_MAX && commit(changer, err) < 0)
        return -1;
    uint64_t *given_up =
        realloc(changer->given_up, (changer->n_given_up + 1) * sizeof(*changer->given_up));
    if (!given_up)
        return error_no_memory(err);
    changer->given_up = given_up;
    if (vhdx_bat_set(&changer->content.bat, index, entry, err) < 0)
        return -1;
    if (before->at != 0)
        given_up[changer->n_given_up++] = before->at;
    return 0;
}

/* Space that reads as zeros, but for what the caller writes over. */
static int space_take(struct vhdx_changer *changer, bool whole, uint64_t *at, struct error *err)
{
    uint32_t block_size = block_size_of(changer);
    struct vhdx_medium *medium = medium_of(changer);
    *at = vhdx_space_take(&changer->space, block_size);
    if (*at != 0)
        return whole ? 0 : vhdx_medium_zero(medium, block_size, *at, err);
    *at = medium->length;
    if (vhdx_space_grow(&changer->space, *at, block_size, err) < 0)
        return -1;
    return vhdx_medium_resize(medium, *at + block_size, err);
}

/* Makes a whole block zeros. In a fixed disk a block may not come to be without space. */
static int block_clear(struct vhdx_changer *changer, uint64_t block,
                       const struct vhdx_block *before, struct error *err)
{
    uint64_t at;
    if (before->state == VHDX_ZERO)
        return 0;
    if (!changer->content.file->fixed)
        return block_set(changer, block, before, VHDX_ZERO, err);
    if (space_take(changer, false, &at, err) < 0)
        return -1;
    return block_set(changer, block, before, at | VHDX_FULLY_PRESENT, err);
}

static int piece_write(struct vhdx_changer *changer, const void *buf, size_t n, uint64_t off,
                       struct error *err)
{
    uint32_t block_size = block_size_of(changer);
    uint64_t block = off / block_size;
    struct vhdx_block before;
    if (block_get(changer, block, &before, err) < 0)
        return -1;
    if (before.source == VHDX_IN_FILE)
        return vhdx_medium_write(medium_of(changer), buf, n, before.at + off % block_size, err);
    if (vhdx_io_is_zero(buf, n))
        return block_clear(changer, block, &before, err);
    uint64_t at;
    if (space_take(changer, n == block_size, &at, err) < 0 ||
        vhdx_medium_write(medium_of(changer), buf, n, at + off % block_size, err) < 0)
        return -1;
    return block_set(changer, block, &before, at | VHDX_FULLY_PRESENT, err);
}

static int piece_zero(struct vhdx_changer *changer, uint64_t n, uint64_t off, struct error *err)
{
    const struct vhdx_file *file = changer->content.file;
    uint32_t block_size = block_size_of(changer);
    uint64_t block = off / block_size;
    struct vhdx_block before;
    if (block_get(changer, block, &before, err) < 0)
        return -1;
    bool whole = n == block_size || (off % block_size == 0 && off + n == changer->dev.size);
    if (before.source == VHDX_IN_FILE && (!whole || file->fixed))
        return vhdx_medium_zero(file->medium, n, before.at + off % block_size, err);
    return block_clear(changer, block, &before, err);
}

/* ---- the device ---- */

static size_t piece_of(const struct vhdx_changer *changer, uint64_t n, uint64_t off)
{
    uint64_t left = block_size_of(changer) - off % block_size_of(changer);
    return (size_t)(n < left ? n : left);
}

/* Writes as much as lies in one piece of the file already; *done is 0 where that is nothing. */
static int run_write(struct vhdx_changer *changer, const void *buf, size_t n, uint64_t off,
                     size_t *done, struct error *err)
{
    struct vhdx_run run;
    *done = 0;
    if (vhdx_content_run(&changer->content, off, n, &run, err) < 0)
        return -1;
    if (run.source != VHDX_IN_FILE)
        return 0;
    *done = (size_t)run.length;
    return vhdx_medium_write(medium_of(changer), buf, *done, run.at, err);
}

static int changer_pwrite(struct blockdev *self, const void *buf, size_t n, uint64_t off,
                          struct error *err)
{
    struct vhdx_changer *changer = changer_of(self);
    const char *from = buf;
    if (begin(changer, err) < 0)
        return -1;
    while (n > 0) {
        size_t piece;
        if (run_write(changer, from, n, off, &piece, err) < 0)
            return -1;
        if (piece == 0) {
            piece = piece_of(changer, n, off);
            if (piece_write(changer, from, piece, off, err) < 0)
                return -1;
        }
        from += piece;
        off += piece;
        n -= piece;
    }
    return 0;
}

static int changer_zero(struct blockdev *self, uint64_t n, uint64_t off, struct error *err)
{
    struct vhdx_changer *changer = changer_of(self);
    if (begin(changer, err) < 0)
        return -1;
    while (n > 0) {
        size_t piece = piece_of(changer, n, off);
        if (piece_zero(changer, piece, off, err) < 0)
            return -1;
        off += piece;
        n -= piece;
    }
    return 0;
}

static int changer_pread(struct blockdev *self, void *buf, size_t n, uint64_t off,
                         struct error *err)
{
    return vhdx_content_read(&changer_of(self)->content, buf, n, off, err);
}

static int changer_extent(struct blockdev *self, uint64_t off, struct extent *out,
                          struct error *err)
{
    return vhdx_content_extent(&changer_of(self)->content, off, out, err);
}

static int changer_flush(struct blockdev *self, struct error *err)
{
    struct vhdx_changer *changer = changer_of(self);
    if (!changer->begun && !changer->broken)
        return 0;
    return begin(changer, err) < 0 ? -1 : commit(changer, err);
}

static void changer_abandon(struct blockdev *self)
{
    struct vhdx_changer *changer = changer_of(self);
    vhdx_content_drop(&changer->content);
    vhdx_pages_drop(&changer->changes);
    vhdx_space_drop(&changer->space);
    free(changer->given_up);
    free(changer);
}

/* What is given back at the file's end; its table is without a log and does not point there. */
static int tail_cut(struct vhdx_changer *changer, struct error *err)
{
    uint64_t end = vhdx_space_end(&changer->space);
    struct vhdx_medium *medium = medium_of(changer);
    if (end >= medium->length)
        return 0;
    if (vhdx_medium_resize(medium, end, err) < 0)
        return -1;
    return vhdx_medium_flush(medium, err);
}

static int changer_close(struct blockdev *self, struct error *err)
{
    struct vhdx_changer *changer = changer_of(self);
    int status = changer_flush(self, err);
    if (status == 0 && changer->begun)
        status = vhdx_commit_end(changer->content.file, err);
    if (status == 0 && changer->begun)
        status = tail_cut(changer, err);
    changer_abandon(self);
    return status;
}

static const struct blockdev_ops changer_ops = {
    .pread = changer_pread,
    .pwrite = changer_pwrite,
    .zero = changer_zero,
    .extent = changer_extent,
    .flush = changer_flush,
    .close = changer_close,
    .abandon = changer_abandon,
};

static int differencing_refuse(const struct vhdx_file *file, struct error *err)
{
    if (!file->differencing)
        return 0;
    return error_set(err, ERROR_UNSUPPORTED,
                     "%s is a differencing disk, which is not changed in place; lxvhdx convert "
                     "merges it with its parent",
                     file->medium->path);
}

int vhdx_write_open_medium(struct blockdev **out, struct vhdx_medium *medium, struct error *err)
{
    struct vhdx_judge judge = {.purpose = VHDX_TO_WRITE};
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    if (vhdx_file_open_medium(&file, medium, &judge, err) < 0 || differencing_refuse(file, err) < 0)
        return -1;
    struct vhdx_changer *changer = calloc(1, sizeof(*changer));
    if (!changer)
        return error_no_memory(err);
    changer->dev = (struct blockdev){
        .ops = &changer_ops,
        .size = file->layout.virtual_size,
        .writable = true,
    };
    if (vhdx_pages_init(&changer->changes, err) < 0 ||
        vhdx_content_init(&changer->content, steal(&file), VHDX_TO_WRITE, &changer->changes, err) <
            0) {
        changer_abandon(&changer->dev);
        return -1;
    }
    *out = &changer->dev;
    return 0;
}

int vhdx_write_open(struct blockdev **out, const char *path, struct error *err)
{
    struct vhdx_medium *medium;
    if (vhdx_medium_open(&medium, path, VHDX_READ_WRITE, err) < 0)
        return -1;
    return vhdx_write_open_medium(out, medium, err);
}
