/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdlib.h>

#include "core/cancel.h"
#include "vhdx/vhdx_bat.h"
#include "vhdx/vhdx_file.h"

enum {
    CANCEL_INTERVAL = 1 << 16, /* entries */
};

/* What each MiB of the file belongs to. */
enum owner {
    OWNER_NONE,
    OWNER_REGION,
    OWNER_BLOCK,
};

struct owners {
    uint8_t *of; /* enum owner, by MiB */
    uint64_t n;
};

static int owners_init(struct owners *owners, const struct vhdx_file *file, struct error *err)
{
    if (file->length > VHDX_FILE_MAX)
        return error_set(err, ERROR_LIMIT,
                         "%s is longer than 128 TiB, which is more than a disk of the largest size "
                         "can fill; it is not checked: lxvhdx convert makes a compact copy",
                         file->path);
    owners->n = file->length / VHDX_MIB + 1;
    owners->of = calloc(owners->n, 1);
    if (!owners->of)
        return error_no_memory(err);
    for (size_t i = 0; i < file->n_regions; i++) {
        uint64_t from = file->regions[i].offset / VHDX_MIB;
        uint64_t n = file->regions[i].length / VHDX_MIB;
        for (uint64_t k = from; k < owners->n && k - from < n; k++)
            owners->of[k] = OWNER_REGION;
    }
    return 0;
}

/* Gives the block its space; its place within the file is proven. */
static int block_claim(struct owners *owners, const struct vhdx_file *file,
                       struct vhdx_judge *judge, uint64_t block, uint64_t at, struct error *err)
{
    uint64_t from = at / VHDX_MIB;
    uint64_t end = from + file->layout.block_size / VHDX_MIB;
    enum owner other = OWNER_NONE;
    for (uint64_t i = from; i < end; i++) {
        if (owners->of[i] != OWNER_NONE)
            other = owners->of[i];
        else
            owners->of[i] = OWNER_BLOCK;
    }
    if (other == OWNER_REGION)
        return vhdx_judge(judge, VHDX_RULE_BAT_INSIDE, err,
                          "block %llu at byte %llu of the file lies inside a region",
                          (unsigned long long)block, (unsigned long long)at);
    if (other == OWNER_BLOCK)
        return vhdx_judge(judge, VHDX_RULE_BAT_OVERLAP, err,
                          "block %llu at byte %llu of the file lies where another block lies",
                          (unsigned long long)block, (unsigned long long)at);
    return 0;
}

static int bitmap_check(struct vhdx_bat *bat, struct vhdx_judge *judge, uint64_t index,
                        struct error *err)
{
    uint64_t entry;
    if (vhdx_bat_entry(bat, index, &entry, err) < 0)
        return -1;
    if (entry == 0 || bat->file->differencing)
        return 0;
    return vhdx_judge(judge, VHDX_RULE_BAT_BITMAP, err,
                      "entry %llu, of a sector bitmap, is not empty, and this is no differencing "
                      "disk",
                      (unsigned long long)index);
}

static int bat_check(const struct vhdx_file *file, struct vhdx_bat *bat, struct owners *owners,
                     struct vhdx_judge *judge, struct error *err)
{
    uint64_t n = vhdx_layout_entries_read(&file->layout);
    for (uint64_t index = 0; index < n; index++) {
        if (index % CANCEL_INTERVAL == 0 && cancel_check(err) < 0)
            return -1;
        if (vhdx_layout_is_bitmap(&file->layout, index)) {
            if (bitmap_check(bat, judge, index, err) < 0)
                return -1;
            continue;
        }
        uint64_t number = vhdx_layout_block(&file->layout, index);
        struct vhdx_block block;
        if (vhdx_bat_block(bat, judge, number, &block, err) < 0)
            return -1;
        if (block.at != 0 && block_claim(owners, file, judge, number, block.at, err) < 0)
            return -1;
    }
    return 0;
}

int vhdx_check(struct vhdx_report *out, const char *path, struct error *err)
{
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    struct vhdx_judge judge = {.purpose = VHDX_TO_CHECK, .report = out};
    *out = (struct vhdx_report){0};
    if (vhdx_file_open(&file, path, &judge, err) < 0)
        return -1;
    /* A table with updates waiting in the log is out of date by design. */
    if (!file->complete || !guid_is_zero(&file->header.log))
        return 0;
    struct vhdx_bat bat = {0};
    struct owners owners = {0};
    int status = vhdx_bat_init(&bat, file, err);
    if (status == 0)
        status = owners_init(&owners, file, err);
    if (status == 0)
        status = bat_check(file, &bat, &owners, &judge, err);
    free(owners.of);
    vhdx_bat_drop(&bat);
    out->complete = status == 0;
    return status;
}
