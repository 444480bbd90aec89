/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "vhdx/vhdx_check.h"

#include "vhdx/vhdx_bat.h"
#include "vhdx/vhdx_file.h"
#include "vhdx/vhdx_parent.h"
#include "vhdx/vhdx_space.h"

int vhdx_check_medium(struct findings *out, struct vhdx_medium *medium, struct error *err)
{
    struct vhdx_file *file AUTO_VHDX_FILE = NULL;
    struct vhdx_judge judge = {.purpose = VHDX_TO_CHECK, .report = out};
    *out = (struct findings){0};
    if (vhdx_file_open_medium(&file, medium, &judge, err) < 0)
        return -1;
    if (!file->complete || vhdx_file_out_of_date(file))
        return 0;
    struct vhdx_bat bat = {0};
    struct vhdx_space space = {0};
    int status = vhdx_bat_init(&bat, file, NULL, err);
    if (status == 0)
        status = vhdx_space_init(&space, file, err);
    if (status == 0)
        status = vhdx_space_claim_blocks(&space, &bat, &judge, err);
    if (status == 0 && judge.broken[VHDX_RULE_PARENT_UNKNOWN] == 0 && file->differencing)
        status = vhdx_parent_judge(file, &judge, err);
    vhdx_space_drop(&space);
    vhdx_bat_drop(&bat);
    out->complete = status == 0;
    return status;
}

int vhdx_check(struct findings *out, const char *path, struct error *err)
{
    struct vhdx_medium *medium;
    *out = (struct findings){0};
    if (vhdx_medium_open(&medium, path, VHDX_READ_ONLY, err) < 0)
        return -1;
    return vhdx_check_medium(out, medium, err);
}
